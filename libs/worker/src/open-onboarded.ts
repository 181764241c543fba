import { putChannel } from '@posthorn/channel-admin';
import type { OnboardingRecord } from '@posthorn/onboarding';
import type { Fault } from '@posthorn/provider';
import type { WorkerParts } from './worker-parts.ts';

const heldGraceDefaultMs = 900_000;

type Parts = Pick<WorkerParts, 'registry' | 'ledger' | 'pauses' | 'provider'>;

/**
 * Puts the channel of an onboarding where ingress and workers find it. A new one is paused until its number is registered, so that what it
 * takes meanwhile waits; one that was there goes on sending. Can be repeated.
 */
export async function openOnboarded(
  { registry, ledger, pauses, provider }: Parts,
  record: OnboardingRecord,
  toSettings: (before: unknown) => Readonly<Record<string, unknown>>,
): Promise<readonly Fault[]> {
  await registry.refresh();
  const { id, name, labels } = record.channel;
  const known = registry.get(id);
  if (known !== null && (known.tenantId !== record.tenantId || known.provider !== record.provider)) {
    return [{ pointer: '/channelId', detail: 'expected a channel id that nobody else has' }];
  }
  // Before the channel is there: nobody may find it without its pause.
  if (known === null) await pauses.pause({ id, provider: record.provider }, 'onboarding', record.id);
  const result = await putChannel(
    { registry, ledger, pauses, providers: [provider] },
    {
      id,
      tenantId: record.tenantId,
      provider: record.provider,
      name: name ?? known?.name ?? null,
      labels: { ...known?.labels, ...labels },
      settings: toSettings(known?.settings ?? null),
      pacePerSecond: known?.pacePerSecond ?? null,
      heldGraceMs: known?.heldGraceMs ?? heldGraceDefaultMs,
      heldPolicy: known?.heldPolicy ?? 'hold',
    },
  );
  if (result.kind === 'put') return [];
  // Nothing was put: whoever adds a channel of that id otherwise must not find it paused.
  if (known === null) await pauses.resume({ id, provider: record.provider }, 'onboarding');
  return result.faults;
}

/** Ends the pause of a new channel. */
export async function releaseOnboarded({ pauses }: Parts, { channel, provider }: OnboardingRecord): Promise<void> {
  await pauses.resume({ id: channel.id, provider }, 'onboarding');
}
