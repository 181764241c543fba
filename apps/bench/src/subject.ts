import type { LoadRequest } from './load.ts';

/** A process that is measured. */
export interface Measured {
  readonly name: string;
  readonly cpuSeconds: () => number;
}

/** Something that takes messages over HTTP and sends them on: posthorn, or what it is compared with. */
export interface Subject {
  readonly name: string;
  readonly origin: string;
  readonly request: (to: string, text: string) => LoadRequest;
  /** Its own processes, without Redis and the sandbox. */
  readonly processes: readonly Measured[];
  /** How its connections to Redis are called in CLIENT LIST. */
  readonly connectionNames: readonly string[];
  /** Jobs that are not done yet. */
  readonly backlog: () => Promise<number>;
  /** When each of the last `count` messages was submitted, in ms since 1970, by recipient. */
  readonly submittedAt: (count: number) => Promise<ReadonlyMap<string, number>>;
  /** Nothing is sent while it is paused. */
  readonly pause: () => Promise<void>;
  readonly resume: () => Promise<void>;
}
