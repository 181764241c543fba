import type { SpoolSide } from '@posthorn/erasure';
import type { Clock } from '@posthorn/runtime';
import type { Spool } from '@posthorn/spool';
import { ulid } from 'ulid';
import { unpackCall } from './spooled-call.ts';
import type { ChannelRegistry } from '@posthorn/channel';
import type { WebhookTargets } from './webhook-targets.ts';

/** This process' spool, as erasures of people see it. */
export function createSpoolSide({
  spool,
  channels,
  targets,
  clock,
}: {
  readonly spool: Pick<Spool, 'state' | 'clearSetAside'>;
  readonly channels: Pick<ChannelRegistry, 'get'>;
  readonly targets: Pick<WebhookTargets, 'find'>;
  readonly clock: Clock;
}): SpoolSide {
  function isOf(tenantId: string, spooled: ReturnType<typeof unpackCall>): boolean {
    if (spooled.kind === 'verified') return channels.get(spooled.channelId)?.tenantId === tenantId;
    const { target } = targets.find({ route: spooled.route, params: spooled.params, query: spooled.call.query });
    return target?.channel.tenantId === tenantId;
  }

  return {
    id: ulid(clock.now()),
    holdsFrom: (beforeMs) => {
      const { oldestAgeMs } = spool.state();
      return oldestAgeMs !== null && clock.now() - oldestAgeMs <= beforeMs;
    },
    clear: async (tenantId, names) =>
      await spool.clearSetAside((payload) => {
        const spooled = unpackCall(payload);
        const { body, url, query } = spooled.call;
        const isNamed = names(Buffer.from(body).toString('latin1')) || names(`${url} ${JSON.stringify(query)}`);
        return isNamed && isOf(tenantId, spooled);
      }),
  };
}
