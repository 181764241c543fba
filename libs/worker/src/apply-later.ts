import type { LaterStill } from '@posthorn/ledger';
import type { AccountHolds } from './account-holds.ts';
import type { LiveChannel } from './connected-channels.ts';

/** Who else waits because a message failed late; its own channel does so already. Null: its channel is gone. */
export async function applyLater(
  holds: AccountHolds,
  live: LiveChannel | null,
  { code, scope, scopeMs, pauses }: LaterStill,
): Promise<void> {
  if (live === null) return;
  if (pauses) await holds.pause(live, code, scope);
  else if (scope === 'account' && scopeMs > 0) await holds.slow(live, scopeMs);
}
