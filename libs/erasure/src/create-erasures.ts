import type { Audit } from '@posthorn/channel-admin';
import type { Recipient, TenantId } from '@posthorn/message';
import type { ErasureStore } from './erasure-store.ts';
import { nothingToWaitFor, type ErasureView } from './erasure.ts';
import { formsOf } from './read-address.ts';

export interface ErasuresDeps {
  readonly store: ErasureStore;
  readonly audit: Pick<Audit, 'record'>;
  /** 26 characters. */
  readonly newUlid: () => string;
}

/** Erasures as whoever wants one sees them: durable once begun, and executed by a scheduler. */
export interface Erasures {
  /** The one that is under way for the same person, else a new one. `dryRun` only counts. Audited, without the address. */
  readonly begin: (order: {
    readonly tenantId: TenantId;
    readonly address: Recipient;
    readonly dryRun: boolean;
    readonly by: string;
  }) => Promise<ErasureView>;
  /** Null alike for one that is not there and for another tenant's. */
  readonly get: (tenantId: TenantId, id: string) => Promise<ErasureView | null>;
  /** Newest first, at most 200. */
  readonly list: (tenantId: TenantId) => Promise<readonly ErasureView[]>;
}

/** Throws when Redis is away. */
export function createErasures({ store, audit, newUlid }: ErasuresDeps): Erasures {
  return {
    begin: async ({ tenantId, address, dryRun, by }) => {
      const startedAt = await store.now();
      const wanted = `era_${newUlid()}`;
      const id = await store.begin(
        {
          v: 1,
          id: wanted,
          tenantId,
          by,
          dryRun,
          startedAt,
          endedAt: null,
          nextAt: startedAt,
          waitsFor: nothingToWaitFor,
        },
        formsOf(address).toSorted(),
      );
      const begun = await store.read(id);
      if (begun === null) throw new Error('an erasure ended while it was asked for; ask again');
      const result = dryRun ? 'begun, to count only' : id === wanted ? 'begun' : 'under way already';
      await audit.record({ by, action: 'recipient.erase', tenantId, channelId: null, changed: [id], result });
      return begun;
    },
    get: async (tenantId, id) => {
      const found = await store.read(id);
      return found?.tenantId === tenantId ? found : null;
    },
    list: store.list,
  };
}
