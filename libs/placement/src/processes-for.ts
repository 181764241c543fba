/** A provider that answers in 200 ms lets each of the sends under way be followed by five a second. */
const sendsPerSecondEach = 5;
/** What one process gets done at all, whatever it waits for: see docs/benchmarks.md. */
const perSecondMost = 1_000;

/**
 * By how many processes a queue is to be served: as many as its pace needs and one more, so that its pace holds while one is being
 * replaced; at least `least`. One process counts with 5 a second for each of its `concurrency`, and 1,000 at most. Where no pace is known (null): `least`.
 */
export function processesFor({
  pacePerSecond,
  concurrency,
  least,
}: {
  readonly pacePerSecond: number | null;
  readonly concurrency: number;
  readonly least: number;
}): number {
  if (pacePerSecond === null) return least;
  const needed = Math.ceil(pacePerSecond / Math.min(perSecondMost, concurrency * sendsPerSecondEach));
  return Math.max(least, needed + 1);
}
