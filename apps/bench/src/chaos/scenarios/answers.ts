import { setTimeout as delay } from 'node:timers/promises';
import type { Accepted } from '../produce.ts';
import { isOut, readBooks, readCalls, settle, tally, type Row } from '../books.ts';
import { produceBatch, recipient } from '../produce.ts';
import type { ChaosChannel } from '../add-channel.ts';
import { check, none, type Scenario } from '../scenario.ts';

const graceMs = 1_000;

/** Answers of the provider get lost or come too late; nobody says what became of the message. */
export const answers: Scenario = {
  name: 'answers',
  about: 'answers lost (15 %) or later than the time-out (10 %) between provider and worker; no callbacks',
  messages: { full: 4_000, selfTest: 300, small: 160 },
  rig: { env: { POSTHORN_SEND_TIMEOUT_MS: '1500' } },
  defects: ['retry-unanswered', 'unlabelled'],
  async run({ rig, messages, patienceMs, small }) {
    await rig.control('POST', 'faults', { action: { kind: 'statuses', order: [] } });
    // On a fleet shared with other scenarios the time-out is longer: none comes late there.
    rig.proxy.setFaults({ dropShare: 0.15, delayShare: small ? 0 : 0.1, delayMs: 2_500 });
    const send = async (channel: ChaosChannel): Promise<readonly Accepted[]> =>
      await produceBatch(
        rig,
        Array.from({ length: messages / 2 }, (_, at) => ({
          channelId: channel.id,
          to: recipient(at),
          text: 'hello',
          key: `${channel.id}-${at}`,
        })),
      );
    const [hold, resend] = [
      await rig.addChannel({ heldPolicy: 'hold', heldGraceMs: graceMs }),
      await rig.addChannel({ heldPolicy: 'resend', heldGraceMs: graceMs }),
    ];
    const [toHold, toResend] = [await send(hold), await send(resend)];
    await settle(rig, hold, toHold, patienceMs);
    // Under `resend` a message is sent once more, after the grace time; what has no answer then, too, is for people.
    const wasResent = (row: Row): boolean =>
      isOut(row) || row.status === 'failed' || (row.status === 'held' && row.possibleDuplicate);
    await settle(rig, resend, toResend, patienceMs, wasResent);
    rig.proxy.setFaults(null);
    // Under `hold` nothing may come: several sweeps pass after the grace time.
    await delay(graceMs + 1_500);

    const [held, resent] = [
      await readBooks(
        rig,
        hold,
        toHold.map(({ id }) => id),
      ),
      await readBooks(
        rig,
        resend,
        toResend.map(({ id }) => id),
      ),
    ];
    const calls = await readCalls(rig);
    const repeated = [...resent.keys()].filter((id) => (calls.get(id)?.taken ?? 0) > 1);
    const timelines = await Promise.all(
      repeated
        .slice(0, 50)
        .map(async (id) => (await rig.ledger.get(resend, id))?.timeline.map(({ what }) => what) ?? []),
    );
    return {
      checks: [
        check(
          'answers were lost and late',
          rig.proxy.dropped() > 0 && (small || rig.proxy.delayed() > 0),
          `${rig.proxy.dropped()} lost, ${rig.proxy.delayed()} late`,
        ),
        none('hold: sent again', [...held.keys()].filter((id) => (calls.get(id)?.calls ?? 0) > 1).length),
        check(
          'hold: what has no answer is held',
          [...held.values()].every((row) => isOut(row) || row.status === 'held'),
          JSON.stringify(tally(held)),
        ),
        none(
          'resend: sent again and not labelled',
          repeated.filter((id) => resent.get(id)?.possibleDuplicate !== true).length,
        ),
        none('resend: sent more than twice', repeated.filter((id) => (calls.get(id)?.taken ?? 0) > 2).length),
        check(
          'resend: the timeline tells of it',
          timelines.every((what) => what.includes('resent')),
          timelines.length,
        ),
        none(
          'lost or dead',
          ['lost', 'failed', 'accepted'].reduce(
            (sum, status) => sum + (tally(held)[status] ?? 0) + (tally(resent)[status] ?? 0),
            0,
          ),
        ),
      ],
      figures: {
        'hold: held': tally(held)['held'] ?? 0,
        'resend: sent twice, labelled': repeated.length,
        'resend: still held': tally(resent)['held'] ?? 0,
      },
    };
  },
};
