/** The middle one; of an even count the mean of the two in the middle. 0 of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]];
  return low === undefined || high === undefined ? 0 : (low + high) / 2;
}

/**
 * The median, and between which of the values it lies with 95 % or more: the sign test's interval, which asks nothing of how they are
 * spread. With fewer than six values it is all of them.
 */
export function medianInterval(values: readonly number[]): {
  readonly median: number;
  readonly low: number;
  readonly high: number;
} {
  const sorted = values.toSorted((one, other) => one - other);
  const n = sorted.length;
  // So many of the outermost values on each side may go while fewer than 2.5 % of the ways to throw n coins have as few heads.
  let [cut, ways, below] = [0, 1, 0];
  while (cut < n / 2 && below + ways <= 0.025 * 2 ** n) {
    below += ways;
    cut += 1;
    ways = (ways * (n - cut + 1)) / cut;
  }
  const at = Math.max(0, cut - 1);
  return { median: median(values), low: sorted[at] ?? 0, high: sorted[n - 1 - at] ?? 0 };
}

/** Events a second. 0 where no time has passed. */
export function perSecond(count: number, ms: number): number {
  return ms > 0 ? (count * 1_000) / ms : 0;
}
