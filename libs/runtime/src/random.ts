/** A number from 0 (included) to 1 (not included), like `Math.random`, so that tests can choose it. */
export type Random = () => number;

/** The process's own randomness: for jitter and spreading, never for secrets. */
export const systemRandom: Random = () => Math.random();
