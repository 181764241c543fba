import { afterEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryLog } from '@posthorn/runtime';
import { createSealer, parseKeyRing } from '@posthorn/sealing';
import { createSpool, type SpoolOptions } from './create-spool.ts';
import type { Spool } from './spool.ts';
import { startReplay, type ReplayDeps } from './start-replay.ts';

const key = randomBytes(32).toString('base64');
const sealer = createSealer(parseKeyRing(`k1:${key}`, key));
const cleanups: (() => Promise<unknown>)[] = [];
const { log, lines } = createMemoryLog('spool');

afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean();
});

async function newRoot(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'posthorn-spool-'));
  cleanups.push(async () => rm(root, { recursive: true, force: true }));
  return root;
}

let nowMs = 1_800_000_000_000;
const clock = { now: () => nowMs };

async function open(root: string, more: Partial<SpoolOptions> = {}): Promise<Spool> {
  const spool = await createSpool({ root, bytesMax: 1024 * 1024, sealer, clock, log, ...more });
  cleanups.push(async () => spool.close());
  return spool;
}

/** A spool of a process that dies: its folder stays as it is, and nobody renews its lease. */
async function leaveBehind(root: string, calls: readonly string[], strike = 0): Promise<string> {
  const spool = await open(root, { leaseMs: 60_000 });
  for (const call of calls) expect(await spool.append(Buffer.from(call))).toBe('kept');
  if (strike > 0) await (await spool.oldest(strike))?.strike(strike);
  const mine =
    (await readdir(root))
      .filter((name) => name !== 'set-aside')
      .toSorted()
      .at(-1) ?? '';
  nowMs += 10_001;
  return join(root, mine);
}

async function drain(spool: Spool): Promise<string[]> {
  const came: string[] = [];
  for (let batch = await spool.oldest(10); batch !== null; batch = await spool.oldest(10)) {
    came.push(...batch.entries.map(({ payload }) => String(payload)));
    await batch.strike(batch.entries.length);
  }
  return came;
}

async function filesIn(root: string): Promise<string[]> {
  return (await readdir(root, { recursive: true })).filter((name) => name.endsWith('.calls'));
}

const call = (number: number): string => `call ${number} of +15550001111`;
const calls = (count: number): string[] => Array.from({ length: count }, (_, at) => call(at));

describe('a spool', () => {
  it('gives back what came, in order, over several files, and leaves no file behind', async () => {
    const root = await newRoot();
    const spool = await open(root, { segmentBytesMax: 500 });
    for (const each of calls(25)) await spool.append(Buffer.from(each));
    expect((await filesIn(root)).length).toBeGreaterThan(1);
    expect(spool.state().entries).toBe(25);
    expect(await drain(spool)).toEqual(calls(25));
    expect(await filesIn(root)).toEqual([]);
    expect(spool.state()).toMatchObject({ entries: 0, bytes: 0, oldestAgeMs: null });
  });

  it('keeps the order of calls that come at the same time, and of those that come while it is emptied', async () => {
    const spool = await open(await newRoot());
    await Promise.all(calls(100).map(async (each) => spool.append(Buffer.from(each))));
    const first = await spool.oldest(60);
    await Promise.all([first?.strike(60), spool.append(Buffer.from('later'))]);
    expect(await drain(spool)).toEqual([...calls(100).slice(60), 'later']);
  });

  it('writes nothing in the clear', async () => {
    const root = await newRoot();
    const spool = await open(root);
    await spool.append(Buffer.from(call(1)));
    const written = await Promise.all(
      (await filesIn(root)).map(async (file) => String(await readFile(join(root, file)))),
    );
    expect(call(1)).toContain('5550001111');
    expect(written.join('').length).toBeGreaterThan(call(1).length);
    expect(written.join('')).not.toContain('5550001111');
  });

  it('says that it is full before it grows over its bound', async () => {
    const spool = await open(await newRoot(), { bytesMax: 300 });
    const answers = await Promise.all(calls(10).map(async (each) => spool.append(Buffer.from(each))));
    const kept = answers.filter((answer) => answer === 'kept').length;
    expect(kept).toBeGreaterThan(0);
    expect(kept).toBeLessThan(10);
    expect(spool.state().bytes).toBeLessThanOrEqual(300);
    expect(await drain(spool)).toEqual(calls(kept));
    expect(await spool.append(Buffer.from('again'))).toBe('kept');
  });

  it('takes over what a dead process left, where that one had come to, and only once', async () => {
    const root = await newRoot();
    await leaveBehind(root, calls(5), 2);
    const one = await open(root);
    const other = await open(root);
    const taken = await Promise.all([one.adopt(), other.adopt()]);
    expect(Math.max(...taken)).toBe(3);
    expect(Math.min(...taken)).toBe(0);
    expect([...(await drain(one)), ...(await drain(other))]).toEqual(calls(5).slice(2));
  });

  it('replays what is older first', async () => {
    const root = await newRoot();
    await leaveBehind(root, ['older']);
    const spool = await open(root);
    await spool.append(Buffer.from('newer'));
    await spool.adopt();
    expect(await drain(spool)).toEqual(['older', 'newer']);
  });

  it('leaves a living process alone, and one that closed is free at once', async () => {
    const root = await newRoot();
    const living = await open(root);
    await living.append(Buffer.from('mine'));
    const other = await open(root);
    expect(await other.adopt()).toBe(0);
    await living.close();
    expect(await other.adopt()).toBe(1);
  });

  it('cuts off the tail that a crash left, tells it, and keeps all before it', async () => {
    const root = await newRoot();
    const folder = await leaveBehind(root, calls(3));
    const whole = await readFile(join(folder, '00000001.calls'));
    await appendFile(join(folder, '00000001.calls'), whole.subarray(0, 40));
    const spool = await open(root);
    expect(await spool.adopt()).toBe(3);
    expect(await drain(spool)).toEqual(calls(3));
    expect(lines().some(({ tornBytes }) => tornBytes === 40)).toBe(true);
  });

  it('sets aside an entry that the disk spoiled, and keeps those around it', async () => {
    const root = await newRoot();
    const folder = await leaveBehind(root, calls(3));
    const file = join(folder, '00000001.calls');
    const bytes = await readFile(file);
    const spoiled = Math.floor(bytes.byteLength / 2);
    bytes[spoiled] = (bytes[spoiled] ?? 0) ^ 0xff;
    await writeFile(file, bytes);
    const spool = await open(root);
    expect(await spool.adopt()).toBe(2);
    expect(await drain(spool)).toEqual([call(0), call(2)]);
    expect(await readdir(join(root, 'set-aside'))).toHaveLength(1);
    expect(spool.state().bytes).toBeGreaterThan(0);
  });

  it('confirms nothing into a folder that was taken from it: the call is in its new one', async () => {
    const root = await newRoot();
    const paused = await open(root, { leaseMs: 60_000 });
    await paused.append(Buffer.from('before'));
    nowMs += 60_001;
    const other = await open(root);
    expect(await other.adopt()).toBe(1);
    expect(await paused.append(Buffer.from('after'))).toBe('kept');
    expect(await drain(other)).toEqual(['before']);
    expect(await drain(paused)).toEqual(['after']);
  });
});

describe('a replay', () => {
  function replay(spool: Spool, more: Partial<ReplayDeps> & Pick<ReplayDeps, 'deliver'>) {
    const running = startReplay({ spool, log, setAside: () => undefined, waitMs: 1, adoptMs: 20, ...more });
    cleanups.push(running.close);
    return running;
  }

  async function until(look: () => boolean): Promise<void> {
    const giveUp = performance.now() + 120_000;
    while (!look()) {
      if (performance.now() > giveUp) throw new Error('waited 120 s in vain');
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  it('waits while the destination is away, and goes on in order', async () => {
    const spool = await open(await newRoot());
    for (const each of calls(50)) await spool.append(Buffer.from(each));
    const came: string[] = [];
    let tries = 0;
    const running = replay(spool, {
      deliver: async (payload) => {
        tries += 1;
        if (tries < 100) return { kind: 'away' };
        came.push(String(payload));
        return { kind: 'done' };
      },
    });
    await until(() => spool.state().entries === 0);
    expect([...new Set(came.slice(-50))]).toEqual(calls(50));
    await spool.append(Buffer.from('new'));
    running.wake();
    await until(() => came.includes('new'));
  });

  it('sets aside what cannot be delivered, goes on with the rest, and replays it once it is put back', async () => {
    const root = await newRoot();
    const spool = await open(root);
    for (const each of calls(3)) await spool.append(Buffer.from(each));
    const came = new Set<string>();
    let setAside = 0;
    let isCured = false;
    replay(spool, {
      deliver: async (payload) => {
        if (String(payload) === call(1) && !isCured) throw new Error('cannot be stored');
        came.add(String(payload));
        return { kind: 'done' };
      },
      triesMax: 3,
      setAside: (count) => void (setAside += count),
    });
    await until(() => spool.state().entries === 0);
    expect([setAside, ...came]).toEqual([1, call(0), call(2)]);
    isCured = true;
    const [name = ''] = await readdir(join(root, 'set-aside'));
    await mkdir(join(root, 'again'));
    await rename(join(root, 'set-aside', name), join(root, 'again', name));
    await until(() => came.has(call(1)));
  });
});
