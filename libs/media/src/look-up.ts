import type { MediaId, TenantId } from '@posthorn/message';
import type { Clock, RedisClient } from '@posthorn/runtime';
import type { Sealer } from '@posthorn/sealing';
import { createMediaRecords, isTheirs } from './media-records.ts';
import type { Medium } from './medium.ts';

/** What is known of a tenant's file, for whoever only asks: without the store, and without what the store is made of. */
export function createMediaLookUp(deps: {
  readonly redis: RedisClient;
  readonly sealer: Sealer;
  readonly clock: Clock;
}): (tenantId: TenantId, id: MediaId) => Promise<Medium | null> {
  const { redis, sealer, clock } = deps;
  const records = createMediaRecords({ redis, sealer, bytesMax: 0 });
  return async (tenantId, id) => {
    const medium = await records.get(id);
    return isTheirs(medium, tenantId, clock.now()) ? medium : null;
  };
}
