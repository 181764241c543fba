/** What one look into Redis told. */
export interface Signs {
  /** When, by the clock of Redis. */
  readonly atMs: number;
  /** The last sign of life of each process, by the same clock. Negative: it said that it leaves. */
  readonly byProcess: ReadonlyMap<string, number>;
}

/** A process that lives, as far as it is known here. */
export interface Alive {
  readonly sign: number;
  /** Looks in a row that showed nothing new of it. */
  readonly missed: number;
}

/** A process of which so many looks in a row show nothing new is gone. */
export const missedMost = 5;

/**
 * Who lives, after one more look. Looks are counted, not time: while Redis is away nobody can give a sign, and nobody is taken for dead;
 * and a Redis that lost the signs gives everyone the time to repeat theirs. Only of a process never seen before the age of its sign counts.
 */
export function judgeSigns(
  before: ReadonlyMap<string, Alive>,
  { atMs, byProcess }: Signs,
  lookEveryMs: number,
): ReadonlyMap<string, Alive> {
  const after = new Map<string, Alive>();
  for (const process of new Set([...before.keys(), ...byProcess.keys()])) {
    const known = before.get(process);
    const sign = byProcess.get(process) ?? known?.sign ?? 0;
    const missed =
      known === undefined ? Math.floor((atMs - sign) / lookEveryMs) : known.sign === sign ? known.missed + 1 : 0;
    if (sign >= 0 && missed < missedMost) after.set(process, { sign, missed });
  }
  return after;
}
