import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { watchCommands } from '@posthorn/runtime/testing';
import type { Activation } from './ledger.ts';
import type { OpenLedger } from './testing/open-ledger.ts';
import { openLedger } from './testing/open-ledger.ts';

let open: OpenLedger;
beforeEach(async () => {
  open = await openLedger();
});
afterEach(async () => {
  await open.close();
});

/** How many scripts of this channel were called while that ran. Others use the same Redis meanwhile. */
async function callsOf(work: () => Promise<unknown>): Promise<number> {
  let calls = 0;
  const watching = await watchCommands(open.redis, ({ words: [command = '', ...args] }) => {
    if (/^eval(sha)?$/iu.test(command) && args.some((arg) => arg.includes(open.channel.id))) calls += 1;
  });
  try {
    await work();
    await watching.caughtUp();
  } finally {
    watching.close();
  }
  return calls;
}

describe('the ledger’s scripts', () => {
  it('take what comes in one turn of the event loop in one call, up to 32, each with an answer of its own', async () => {
    await open.accept();
    const accept = async (count: number): Promise<readonly Activation[]> =>
      await Promise.all(Array.from({ length: count }, async () => await open.accept()));
    let tasks: readonly Activation[] = [];
    expect(await callsOf(async () => (tasks = await accept(32)))).toBe(1);
    const found = await Promise.all(tasks.map(async (task) => await open.ledger.get(open.channel, task.messageId)));
    expect(found.map((each) => each?.message.id)).toEqual(tasks.map((task) => task.messageId));
    expect(await callsOf(async () => await accept(33))).toBe(2);
  });

  it('let one call fail alone', async () => {
    const [broken, sound] = [await open.accept(), await open.accept()];
    await open.redis.set(`posthorn:{${open.channel.id}}:m:${broken.messageId.slice(-26)}`, 'no record');
    const [failed, done] = await Promise.allSettled([
      open.ledger.cancel(open.channel, broken.messageId),
      open.ledger.cancel(open.channel, sound.messageId),
    ]);
    expect(failed).toMatchObject({ status: 'rejected', reason: { message: expect.stringContaining('WRONGTYPE') } });
    expect(done).toEqual({ status: 'fulfilled', value: { kind: 'cancelled' } });
  });
});
