import type { Channel, ChannelRegistry } from '@posthorn/channel';
import type { PauseAction, Pauses, PauseScope, WidePause } from '@posthorn/queue';
import type { Audit } from './create-audit.ts';
import { putRight } from './put-channel.ts';

export interface PauseAdminDeps {
  readonly registry: Pick<ChannelRegistry, 'list' | 'refresh'>;
  readonly pauses: Pick<Pauses, 'pause' | 'resume' | 'reasons' | 'pauseMany' | 'resumeMany' | 'many'>;
  readonly audit: Pick<Audit, 'record'>;
}

/** One channel, or many. */
export type PauseTarget = { readonly kind: 'channel'; readonly channel: Channel } | PauseScope;

/** How people pause and resume. Every action leaves an entry in the audit. */
export interface PauseAdmin {
  /** Returns how many channels it is about. What is accepted waits; channels that come later are paused too. */
  readonly pause: (target: PauseTarget, action: PauseAction) => Promise<number>;
  /** Ends what was paused by the same words; pauses of other owners stay. */
  readonly resume: (target: PauseTarget, action: PauseAction) => Promise<number>;
  /** The channel's credentials or account are in order again, though no others were stored. */
  readonly putRight: (channel: Channel, action: PauseAction) => Promise<void>;
  /** Pauses of many that are in force. */
  readonly many: () => Promise<readonly WidePause[]>;
}

/** A storm is paused for people to look at: who resumes the channel has. */
export async function resumeByHand(pauses: Pick<Pauses, 'resume'>, channel: Channel): Promise<void> {
  await pauses.resume(channel, 'storm');
  await pauses.resume(channel, 'operator');
}

/** Joins registry, pauses and audit; the same for the CLI and for ops. */
export function createPauseAdmin({ registry, pauses, audit }: PauseAdminDeps): PauseAdmin {
  const tell = async (action: string, target: PauseTarget, { by, why }: PauseAction, result: string): Promise<void> => {
    const reason = why === undefined || why === '' ? '' : `: ${why}`;
    await audit.record({
      by,
      action: `${target.kind}.${action}`,
      tenantId: target.kind === 'channel' ? target.channel.tenantId : target.kind === 'tenant' ? target.tenantId : '*',
      channelId: target.kind === 'channel' ? target.channel.id : null,
      changed: target.kind === 'provider' ? [target.provider] : [],
      result: `${result}${reason}`,
    });
  };
  const all = async (): Promise<readonly Channel[]> => {
    await registry.refresh();
    return registry.list();
  };
  return {
    pause: async (target, action) => {
      const { by, why } = action;
      let count = 1;
      if (target.kind === 'channel') await pauses.pause(target.channel, 'operator', by, { why });
      else count = await pauses.pauseMany(target, action, await all());
      await tell('pause', target, action, 'paused');
      return count;
    },
    resume: async (target, action) => {
      let count = 1;
      if (target.kind === 'channel') await resumeByHand(pauses, target.channel);
      else count = await pauses.resumeMany(target, await all());
      await tell('resume', target, action, 'resumed');
      return count;
    },
    putRight: async (channel, action) => {
      const known = await all();
      // It may stand still because of another one's trouble: that is what was put right then.
      const from = (await pauses.reasons(channel)).find(({ reason }) => reason === 'credentials')?.from;
      const origin = known.find(({ id }) => id === from);
      await putRight({ registry, pauses }, channel);
      if (origin !== undefined) await putRight({ registry, pauses }, origin);
      await tell('put_right', { kind: 'channel', channel }, action, 'resumed');
    },
    many: pauses.many,
  };
}
