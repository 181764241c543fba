/** What a command may touch of the process it runs in. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Answers, a line at a time: on the standard output. */
  readonly out: (line: string) => void;
  /** Progress and what went wrong: on the standard error, so that answers can be piped. */
  readonly err: (line: string) => void;
  readonly setExitCode: (code: number) => void;
  /** Leaves at once. */
  readonly exit: (code: number) => never;
  /** Calls back when the process is asked to stop; returns how to stop that. */
  readonly onStop: (listener: () => void) => () => void;
  /** Calls back when the process ends, however it does that by itself. */
  readonly onExit: (listener: () => void) => () => void;
  /** The text of a file, or with `-` the whole standard input. */
  readonly readText: (path: string) => Promise<string>;
  /** Asks a person; a secret is not shown while it is typed. Absent: there is none to ask. */
  readonly ask?: (question: string, options: { readonly secret: boolean }) => Promise<string>;
}

/** An answer for machines. */
export function json(terminal: Terminal, value: unknown): void {
  terminal.out(JSON.stringify(value, null, 2));
}
