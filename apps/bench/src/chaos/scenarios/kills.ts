import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '@posthorn/runtime';
import { blindResends, isOut, readCalls, settle, tally } from '../books.ts';
import { produce, recipient, type Outgoing } from '../produce.ts';
import type { Rig } from '../rig.ts';
import type { Role } from '../start-role.ts';
import { check, none, type Scenario } from '../scenario.ts';
import { pick } from '../seeded-random.ts';
import { subscribe } from '../subscriber.ts';
import { until } from '../until.ts';

/** Every process but Redis is killed again and again, and comes back. */
export const kills: Scenario = {
  name: 'kills',
  about: 'SIGKILL of workers every few seconds, of ingress, scheduler and forwarder now and then',
  messages: { full: 20_000, selfTest: 1_000, small: 200 },
  rig: { forwarder: true },
  defects: ['no-claim', 'early-202', 'lost-event'],
  async run({ rig, messages, random, patienceMs, small, say }) {
    // What waits behind a message that stays held goes on soon, so that everything comes to an end.
    const channel = await rig.addChannel({ heldGraceMs: 2_000 });
    await rig.control('PATCH', 'timing', { answerMs: 40, sentMs: 20, batchWaitMs: 20 });
    // One callback for each message: what is counted is not how many there are.
    await rig.control('POST', 'faults', { action: { kind: 'statuses', order: ['delivered'] } });
    const subscriber = await subscribe(rig, ['message.delivered']);
    try {
      const seconds = Math.min(90, Math.max(small ? 3 : 5, messages / 350));
      const load: Outgoing[] = Array.from({ length: messages }, (_, at) => ({
        channelId: channel.id,
        to: recipient(Math.floor(random() * messages)),
        text: `number ${at}`,
        key: `kills-${at}`,
      }));
      const ending = new AbortController();
      const killing = killByPlan(rig, random, seconds, ending.signal);
      const { accepted, refusals, givenUp } = await produce(rig, load, {
        sockets: 32,
        perSecond: messages / seconds,
        withinMs: 4 * patienceMs,
      });
      ending.abort();
      const killed = await killing;
      say(`${accepted.length} accepted; killed ${JSON.stringify(killed)}; everything runs again`);

      await settle(rig, channel, accepted, patienceMs);
      // Nothing is sent any more. What the provider has, it tells; what it never got stays held for people.
      const calls = await readCalls(rig, channel);
      const books = await settle(
        rig,
        channel,
        accepted,
        patienceMs,
        ({ status }, id) => ['delivered', 'failed', 'lost'].includes(status) || (status === 'held' && !calls.has(id)),
      );
      const counts = tally(books);
      const delivered = [...books].filter(([, { status }]) => status === 'delivered').map(([id]) => id);
      await until(async () => delivered.every((id) => subscriber.told('message.delivered').has(id)), patienceMs, 200);
      const told = subscriber.told('message.delivered');
      const known = new Set<string>(books.keys());
      return {
        checks: [
          none('every message was accepted in the end', givenUp),
          check(
            'accepted = out + dead + held + pending, residual 0',
            (counts['lost'] ?? 0) === 0,
            `${books.size} = ${JSON.stringify(counts)}`,
          ),
          none('none stays pending', counts['accepted'] ?? 0),
          none('none is dead by the death of a process', counts['failed'] ?? 0),
          none('sent twice without the label', blindResends(books, calls).length),
          none('at the provider without having been accepted', [...calls.keys()].filter((id) => !known.has(id)).length),
          none(
            'at the provider and not so in the books, or the other way round',
            [...books].filter(([id, row]) => isOut(row) !== (calls.get(id)?.taken ?? 0) > 0).length,
          ),
          none('delivered, and the subscriber was not told', delivered.filter((id) => !told.has(id)).length),
        ],
        figures: {
          'seconds of load planned': Math.round(seconds),
          ...Object.fromEntries(Object.entries(killed).map(([app, times]) => [`killed ${app}`, times])),
          ...Object.fromEntries([...refusals].map(([what, times]) => [`requests repeated after: ${what}`, times])),
          'held, settled by nobody yet': counts['held'] ?? 0,
          'events posted more than once': subscriber.posts() - told.size,
        },
      };
    } finally {
      await subscriber.close();
    }
  },
};

/** Kills by the plan that the seed gives, until the signal; then everything is started again. */
async function killByPlan(
  rig: Rig,
  random: Random,
  seconds: number,
  ending: AbortSignal,
): Promise<Record<string, number>> {
  const killed: Record<string, number> = {};
  const comingBack: Promise<void>[] = [];
  const everyMs = seconds < 10 ? 1_000 : 2_500;
  const others = [rig.ingress, rig.scheduler, ...(rig.forwarder === null ? [] : [rig.forwarder])];
  const strike = async (victim: Role): Promise<void> => {
    if (!victim.isUp()) return;
    killed[victim.name] = (killed[victim.name] ?? 0) + 1;
    await victim.kill();
    comingBack.push(delay(100 + random() * 900).then(async () => await victim.start()));
  };
  // As many as fit into the time planned: where the machine is slow and the load takes longer, they must not grow more.
  const rounds = Math.ceil((seconds * 1_000) / everyMs);
  for (let round = 1; round <= rounds && !ending.aborted; round += 1) {
    await delay(everyMs * (0.5 + random()), undefined, { signal: ending }).catch(() => undefined);
    if (ending.aborted) break;
    await strike(pick(random, rig.workers));
    if (round % 3 === 0) await strike(others[(round / 3 - 1) % others.length] ?? rig.ingress);
  }
  await Promise.all(comingBack);
  return killed;
}
