import type { TenantId } from '@posthorn/message';
import type { Problem } from '@posthorn/runtime';
import { batchOverLimit, rateLimited } from './refusals.ts';
import { storageFull } from './storage-problem.ts';

/** What a tenant may hand in: its limit, and where it stands. Times in milliseconds. */
export interface Allowance {
  readonly quota: number;
  readonly perMs: number;
  /** About how many more would be taken now. Absent where the request could never be. */
  readonly remaining?: number;
  /** Until as many as were asked for would be taken; 0: now. */
  readonly retryAfterMs?: number;
}

/** What the limit says to so many messages. */
export type QuotaVerdict =
  | { readonly kind: 'unlimited' }
  | (Required<Allowance> & { readonly kind: 'ok' | 'over' })
  /** More at once than the quota can ever give. */
  | { readonly kind: 'never'; readonly quota: number; readonly perMs: number };

export interface GateDeps {
  /** Whether Redis has room for new messages. */
  readonly memory: { readonly refusesWork: () => boolean };
  /** Takes so many messages off a tenant's limit. */
  readonly quota: { readonly take: (tenantId: TenantId, messages: number) => Promise<QuotaVerdict> };
}

/** Whether messages are let in at all, before anybody reads them. `refusal` null: they are. */
export interface Gate {
  readonly refusal: Problem | null;
  /** Null: nothing is set for this tenant, or it was not asked. */
  readonly allowance: Allowance | null;
}

/** Asks memory and limit, in this order: what is refused for want of room costs no allowance. */
export async function passGate(deps: GateDeps, tenantId: TenantId, messages: number): Promise<Gate> {
  if (deps.memory.refusesWork()) return { refusal: storageFull, allowance: null };
  const verdict = await deps.quota.take(tenantId, messages);
  switch (verdict.kind) {
    case 'unlimited':
      return { refusal: null, allowance: null };
    case 'never':
      return { refusal: batchOverLimit(verdict.quota), allowance: verdict };
    case 'ok':
      return { refusal: null, allowance: verdict };
    case 'over':
      return { refusal: rateLimited(verdict.quota, Math.ceil(verdict.perMs / 1000)), allowance: verdict };
    default:
      return verdict satisfies never;
  }
}
