import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { judgeSigns, missedMost, type Alive } from './judge-signs.ts';
import { processesFor } from './processes-for.ts';
import { serves } from './serves.ts';

const names = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 12 });
const counts = fc.integer({ min: 1, max: 4 });
const serversOf = (queue: string, processes: readonly string[], count: number): readonly string[] =>
  processes.filter((each) => serves(each, queue, processes, count));

describe('who serves a queue', () => {
  it('are as many as wanted, or all, whoever is asked and in whatever order they are known', () => {
    fc.assert(
      fc.property(names, fc.string(), counts, (processes, queue, count) => {
        const servers = serversOf(queue, processes, count);
        expect(servers).toHaveLength(Math.min(count, processes.length));
        expect(new Set(serversOf(queue, processes.toReversed(), count))).toEqual(new Set(servers));
      }),
    );
  });

  it('stays, whoever else leaves; a joining process displaces one at most, and only for itself', () => {
    fc.assert(
      fc.property(names, fc.string(), counts, fc.nat(), (processes, queue, count, at) => {
        const one = processes[at % processes.length];
        const others = processes.filter((each) => each !== one);
        const [without, withIt] = [serversOf(queue, others, count), serversOf(queue, processes, count)];
        const gained = withIt.filter((each) => !without.includes(each));
        const lost = without.filter((each) => !withIt.includes(each));
        expect(gained.every((each) => each === one)).toBe(true);
        expect(lost.length).toBeLessThanOrEqual(gained.length);
      }),
    );
  });

  it('spreads evenly: of 1,000 queues by 2 of 4 processes each, every process serves about 500', () => {
    const processes = [
      'worker-7f9c-a-17-3f21',
      'worker-7f9c-b-17-90aa',
      'worker-7f9c-c-17-01fe',
      'worker-7f9c-d-17-77b0',
    ];
    const loads = processes.map(
      (each) => Array.from({ length: 1_000 }).filter((_, at) => serves(each, `channel-${at}`, processes, 2)).length,
    );
    expect(Math.min(...loads)).toBeGreaterThan(440);
    expect(Math.max(...loads)).toBeLessThan(560);
  });
});

describe('by how many processes', () => {
  it.each([
    ['no known pace', null, 50, 2],
    ["WhatsApp's usual 80 a second", 80, 50, 2],
    ['as much as one process does', 250, 50, 2],
    ['a little more than one does', 251, 50, 3],
    ["WhatsApp's raised 1,000 a second", 1_000, 50, 5],
    ['many sends under way at once', 1_000, 200, 2],
    ['more than the CPU of one process does, however many are under way', 1_001, 5_000, 3],
    ['one send at a time', 80, 1, 17],
  ])('%s', (_name, pacePerSecond, concurrency, processes) => {
    expect(processesFor({ pacePerSecond, concurrency, least: 2 })).toBe(processes);
  });

  it('never fewer than the least', () => {
    expect(processesFor({ pacePerSecond: 80, concurrency: 50, least: 5 })).toBe(5);
    expect(processesFor({ pacePerSecond: null, concurrency: 50, least: 1 })).toBe(1);
  });
});

describe('who lives', () => {
  const after = (
    before: ReadonlyMap<string, Alive>,
    ...looks: readonly (readonly [atMs: number, signs: Readonly<Record<string, number>>])[]
  ): ReadonlyMap<string, Alive> => {
    let known = before;
    for (const [atMs, signs] of looks)
      known = judgeSigns(known, { atMs, byProcess: new Map(Object.entries(signs)) }, 1_000);
    return known;
  };

  it('is who gave a sign within the last 5 s, at the first look', () => {
    expect([...after(new Map(), [10_000, { fresh: 9_000, late: 5_001, dead: 5_000 }]).keys()]).toEqual([
      'fresh',
      'late',
    ]);
  });

  it('is not who was missed at five looks in a row, and one sign makes good for all that were missed', () => {
    const first = after(new Map(), [10_000, { one: 10_000 }]);
    const missed = (times: number) => Array.from({ length: times }, () => [10_000, { one: 10_000 }] as const);
    expect(after(first, ...missed(missedMost)).size).toBe(0);
    const late = after(first, ...missed(missedMost - 1));
    expect(late.size).toBe(1);
    expect(after(late, [14_000, { one: 14_000 }]).get('one')?.missed).toBe(0);
  });

  it('leaves at once who says so, and gives everyone time where Redis forgot all signs or was away for an hour', () => {
    const both = after(new Map(), [10_000, { one: 10_000, other: 10_000 }]);
    expect([...after(both, [11_000, { one: 11_000, other: -10_500 }]).keys()]).toEqual(['one']);
    expect(after(both, [11_000, { one: 11_000 }]).size).toBe(2);
    expect(after(both, [3_611_000, { one: 3_611_000, other: 10_000 }]).size).toBe(2);
  });
});
