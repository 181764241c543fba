import { createPauseAdmin, type PauseTarget } from '@posthorn/channel-admin';
import { tenantIdSchema } from '@posthorn/message';
import { providers } from '@posthorn/providers';
import { byOf } from '../admin-access.ts';
import { CliError } from '../cli-error.ts';
import { channelOf, withFleet, type FleetParts } from '../fleet-access.ts';
import { json, type Terminal } from '../terminal.ts';

export interface PauseOptions {
  readonly channel?: string;
  readonly provider?: string;
  readonly tenant?: string;
  readonly all: boolean;
  readonly reason?: string;
  readonly by?: string;
  readonly json: boolean;
  /** For resume: the channel's credentials or account are in order again. */
  readonly putRight?: boolean;
}

/** `posthorn pause` and `resume`: one channel, a provider's, a tenant's, or all; pauses of other owners stay. */
export async function pauseOrResume(
  terminal: Terminal,
  what: 'pause' | 'resume',
  options: PauseOptions,
): Promise<void> {
  await withFleet(terminal, async (parts) => {
    const admin = createPauseAdmin(parts);
    const target = targetOf(parts, options);
    const action = { by: byOf(options), why: options.reason };
    if (options.putRight === true) {
      if (target.kind !== 'channel')
        throw new CliError('Expected --channel with --put-right: whose account is in order again?');
      await admin.putRight(target.channel, action);
    } else {
      await admin[what](target, action);
    }
    const channels = target.kind === 'channel' ? [target.channel] : parts.registry.list();
    const states = await Promise.all(
      channels
        .filter((channel) => concerns(target, channel))
        .map(async ({ id, provider }) => ({
          id,
          pauses: await parts.pauses.reasons({ id, provider }),
        })),
    );
    const still = states.filter(({ pauses }) => pauses.length > 0);
    if (options.json) json(terminal, states);
    else if (what === 'pause')
      terminal.out(`Paused: ${nameOf(target)}, ${count(states.length)}. What is accepted waits.`);
    else {
      terminal.out(`Resumed: ${nameOf(target)}, ${count(states.length)}.`);
      for (const { id, pauses } of still) {
        const owners = pauses.map(({ reason, by }) => `${reason} (${by})`).join(', ');
        terminal.out(`${id} stays paused: ${owners}.`);
      }
    }
  });
}

function targetOf(parts: FleetParts, { channel, provider, tenant, all }: PauseOptions): PauseTarget {
  const given = [channel, provider, tenant, all ? 'all' : undefined].filter((each) => each !== undefined);
  if (given.length !== 1)
    throw new CliError('Expected one of --channel <id>, --provider <name>, --tenant <id> and --all.');
  if (channel !== undefined) return { kind: 'channel', channel: channelOf(parts, channel) };
  if (tenant !== undefined) {
    const tenantId = tenantIdSchema.safeParse(tenant);
    if (!tenantId.success) throw new CliError(`"${tenant}" is no id of a tenant.`);
    return { kind: 'tenant', tenantId: tenantId.data };
  }
  if (all) return { kind: 'everything' };
  const known = providers.find(({ id }) => id === provider);
  if (known !== undefined) return { kind: 'provider', provider: known.id };
  const names = providers.map(({ id }) => id).join(', ');
  throw new CliError(`There is no provider "${provider ?? ''}": expected one of ${names}.`);
}

function concerns(target: PauseTarget, channel: { readonly provider: string; readonly tenantId: string }): boolean {
  if (target.kind === 'provider') return target.provider === channel.provider;
  return target.kind !== 'tenant' || target.tenantId === channel.tenantId;
}

function nameOf(target: PauseTarget): string {
  switch (target.kind) {
    case 'channel':
      return target.channel.id;
    case 'provider':
      return `all of ${target.provider}`;
    case 'tenant':
      return `all of tenant ${target.tenantId}`;
    case 'everything':
      return 'everything';
    default:
      return target satisfies never;
  }
}

function count(channels: number): string {
  return channels === 1 ? '1 channel' : `${channels} channels`;
}
