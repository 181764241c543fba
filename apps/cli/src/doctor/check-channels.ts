import { createTokenStore, type Channel } from '@posthorn/channel';
import { createHeldAdmin } from '@posthorn/channel-admin';
import { providers } from '@posthorn/providers';
import { countJobs, createWorkerBeats, deadEventQueue, deadQueue, sendQueue } from '@posthorn/queue';
import type { Sealer } from '@posthorn/sealing';
import type { AdminParts } from '../admin-access.ts';
import { failure, ok, warning, type Finding } from './finding.ts';

/** Checks each channel: whether anybody serves it, whether it is paused, its credentials and its token. */
export async function checkChannels(
  parts: AdminParts,
  sealer: Sealer,
  options: { readonly nowMs: number; readonly askProviders: boolean },
): Promise<readonly Finding[]> {
  const channels = parts.registry.list();
  const stored = await parts.redis.hlen('posthorn:{channels}:all');
  const keys =
    stored === channels.length
      ? ok('keys', `${stored} channels can be opened`)
      : failure(
          'keys',
          `${stored - channels.length} of ${stored} channels cannot be opened: the key they were sealed with is not on the ring`,
          'put the former key back into POSTHORN_SEALING_KEYS, behind the current one, in every app',
        );
  const each: Finding[] = [];
  const processes: string[] = [];
  // One after the other: providers count calls, too.
  for (const channel of channels) {
    const { finding, served } = await checkWorker(parts, channel, options.nowMs);
    processes.push(...served);
    each.push(finding, ...(await checkPauses(parts, channel)));
    if (options.askProviders) each.push(await checkCredentials(parts, channel));
    each.push(...(await checkToken(parts, sealer, channel, options.nowMs)));
  }
  const placement = ok(
    'placement',
    `${channels.length} channels, served by ${new Set(processes).size} processes over ${processes.length} connections to Redis`,
  );
  return [keys, placement, ...each, ...(await checkLeftovers(parts, channels))];
}

async function checkWorker(
  { redis, queues }: AdminParts,
  channel: Channel,
  nowMs: number,
): Promise<{ readonly finding: Finding; readonly served: readonly string[] }> {
  const check = `channel ${channel.id}: worker`;
  const [workers, jobs] = await Promise.all([
    createWorkerBeats({ redis, now: () => nowMs }).of(channel.id),
    countJobs(queues, sendQueue(channel)),
  ]);
  const served = workers.names;
  if (served.length > 0) return { finding: ok(check, `served by ${served.length}: ${served.join(', ')}`), served };
  const finding = failure(
    check,
    `nobody serves it${jobs === 0 ? '' : `, and ${jobs} conversations wait`}`,
    `start worker-${channel.provider} with the same REDIS_URL, and look at its log`,
  );
  return { finding, served };
}

async function checkPauses({ pauses }: AdminParts, channel: Channel): Promise<readonly Finding[]> {
  const entries = await pauses.reasons(channel);
  return entries.map(({ reason }) =>
    warning(
      `channel ${channel.id}: pause`,
      `paused (${reason})`,
      reason === 'credentials'
        ? `store credentials that work: posthorn channels rotate ${channel.id} --set-env …; where the account was put right: posthorn resume --channel ${channel.id} --put-right`
        : `posthorn resume --channel ${channel.id}, if it was forgotten`,
    ),
  );
}

async function checkCredentials({ admin }: AdminParts, channel: Channel): Promise<Finding> {
  const check = `channel ${channel.id}: credentials`;
  const verdict = await admin.verify(channel).catch(() => null);
  if (verdict === null)
    return failure(check, 'its settings are not valid any more', `posthorn channels verify ${channel.id} says why`);
  switch (verdict.kind) {
    case 'proven':
      return ok(check, 'the provider takes them');
    case 'refused':
      return failure(
        check,
        `the provider refuses them (${verdict.problem.code})`,
        `posthorn channels rotate ${channel.id} --set-env …`,
      );
    case 'unknown':
      return warning(
        check,
        `the provider gave no answer that proves anything (${verdict.problem.code})`,
        `try again: posthorn channels verify ${channel.id}`,
      );
    default:
      return verdict satisfies never;
  }
}

async function checkToken(
  { redis }: AdminParts,
  sealer: Sealer,
  channel: Channel,
  nowMs: number,
): Promise<readonly Finding[]> {
  const connected = providers.find(({ id }) => id === channel.provider)?.connect(channel.settings);
  if (connected?.kind !== 'connected' || connected.tokens === null) return [];
  const check = `channel ${channel.id}: token`;
  const { token, failures, refused } = await createTokenStore({ redis, sealer }).read(channel.id);
  const remedy = 'look at the log of the scheduler, and whether one runs';
  if (refused !== null)
    return [failure(check, 'the issuer refused its credentials', `posthorn channels rotate ${channel.id} --set-env …`)];
  if (token === null) return [warning(check, 'none is stored', remedy)];
  const leftMs = token.expiresAtMs - nowMs;
  if (leftMs <= 0) return [failure(check, 'it has expired', remedy)];
  const says = `good for ${Math.round(leftMs / 1_000)} s more`;
  if (failures > 0) return [warning(check, `${says}, but ${failures} renewals in a row failed`, remedy)];
  return [ok(check, says)];
}

/** What people have to look at. */
async function checkLeftovers(parts: AdminParts, channels: readonly Channel[]): Promise<readonly Finding[]> {
  const { total } = await createHeldAdmin(parts).list(channels, 1);
  const perProvider = await Promise.all(providers.map(async ({ id }) => await countJobs(parts.queues, deadQueue(id))));
  const dead = perProvider.reduce((sum, count) => sum + count, 0);
  const events = await countJobs(parts.queues, deadEventQueue());
  const told = (check: string, count: number, remedy: string): Finding =>
    count === 0 ? ok(check, 'none') : warning(check, String(count), remedy);
  return [
    told('held messages', total, 'posthorn held ls: release or discard them'),
    told('dead letters', dead, 'posthorn dlq ls: put right what it names, and replay them'),
    told('dead events', events, 'look at the dead.event queue in Bull Board, and put the subscriber right'),
  ];
}
