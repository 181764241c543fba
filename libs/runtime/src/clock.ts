/** Where time comes from, so that tests can move it. `now` is in milliseconds since 1970. */
export interface Clock {
  readonly now: () => number;
}

/** The machine's own time. */
export const systemClock: Clock = { now: () => Date.now() };
