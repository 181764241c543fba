import type { Tenants } from '@posthorn/access';
import type { ChannelRegistry } from '@posthorn/channel';
import type { Ledger } from '@posthorn/ledger';
import type { Log } from '@posthorn/runtime';

export interface KeepContentDeps {
  readonly tenants: Pick<Tenants, 'list'>;
  readonly registry: Pick<ChannelRegistry, 'list'>;
  readonly ledger: Pick<Ledger, 'keepContent' | 'keepOlder'>;
  readonly log: Log;
}

/**
 * Lets every channel keep content for as long as its tenant says, also one that was made after it was said, and brings into line what
 * ended before. May run twice or side by side with another scheduler's.
 */
export function createKeepContent({ tenants, registry, ledger, log }: KeepContentDeps): () => Promise<void> {
  return async () => {
    const keptMsByTenant = new Map<string, number | null>();
    for (const { tenantId, contentKeptMs } of await tenants.list()) keptMsByTenant.set(tenantId, contentKeptMs);
    for (const channel of registry.list()) {
      const keptMs = keptMsByTenant.get(channel.tenantId) ?? null;
      if ((await ledger.keepContent(channel, keptMs)) === 'in_line') continue;
      await ledger.keepOlder(channel);
      log.info({ op: 'keepContent', channelId: channel.id, keptMs }, 'what ended before is kept no longer than that');
    }
  };
}
