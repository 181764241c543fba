import type { Disposition, Failed } from '@posthorn/outcome';
import { z } from 'zod';
import type { StatusInput } from './ledger.ts';

const personal = [
  // Meta's ids hold the number in base64.
  /wamid\.[\w+/=-]+/gu,
  /(?<=\+)\d(?:[\s().-]{0,2}\d){6,}|\d{7,}/gu,
] as const;
/** What stands in quotes, if it is more than a name like `template.language`. An apostrophe within a word is none. */
const quoted = /(?<open>["“«]|(?<!\w)')(?![\w.[\]]*["”»'])(?:(?!["”»]|'(?!\w)).)+(?<close>["”»]|'(?!\w))/gsu;

/** Phone numbers, ids that hold them, and quoted texts do not belong into a timeline, whoever wrote them into a text. */
export function scrub(value: string): string {
  const unnumbered = personal.reduce((text, pattern) => text.replaceAll(pattern, '…'), value);
  return unnumbered.replaceAll(quoted, '$<open>…$<close>');
}

const problemSchema = z.object({
  code: z.string(),
  title: z.string().optional(),
  details: z.string().optional(),
  status: z.number().optional(),
  trace: z.string().optional(),
});

const entrySchema = z.object({
  what: z.string(),
  generation: z.number().optional(),
  attempt: z.number().optional(),
  status: z.string().optional(),
  providerAt: z.number().optional(),
  code: z.string().optional(),
  problem: problemSchema.optional(),
  durationMs: z.number().optional(),
  afterMs: z.number().optional(),
  note: z.string().optional(),
  pricing: z.record(z.string(), z.unknown()).optional(),
});

/**
 * One thing that happened to a message: accepted, joined, attempt, status, held, passed, resent, released, out_of_order, discarded,
 * evidence, looked_up, retried, expired, opted_out, cancelled, repaired, replayed.
 * `at` in milliseconds since 1970 by Redis' clock; `providerAt` by the provider's. No personal data.
 */
export type TimelineEntry = { readonly at: number } & Readonly<z.infer<typeof entrySchema>>;

/** The timeline entry of one provider call. */
export function attemptEntry(
  generation: number,
  disposition: Disposition,
  exchange: { readonly durationMs: number; readonly attempt: number; readonly note?: string | undefined },
): string {
  const failure = disposition.kind === 'done' ? undefined : disposition.failure;
  return JSON.stringify({
    what: 'attempt',
    generation,
    attempt: exchange.attempt,
    durationMs: Math.round(exchange.durationMs),
    status: disposition.kind === 'done' ? 'submitted' : disposition.kind,
    code: failure?.code,
    problem: scrubbed(failure?.problem),
    afterMs: disposition.kind === 'later' ? disposition.afterMs : undefined,
    note: exchange.note,
  });
}

/** The timeline entry of one status callback. */
export function statusEntry(input: StatusInput): string {
  return JSON.stringify({
    what: 'status',
    status: input.status,
    providerAt: input.atMs,
    code: input.failure?.code,
    problem: scrubbed(input.failure?.problem),
    pricing: input.pricing,
    // Not shown: what is needed to deal with a failure that came before its message's answer was written down.
    rule: input.failure && ruleOf(input.failure),
  });
}

function ruleOf({ scope, delayMs, growth, attemptsMax, mayBeOut }: Failed): object {
  return { scope, delayMs, growth, attemptsMax, mayBeOut };
}

function scrubbed(problem: z.infer<typeof problemSchema> | undefined): object | undefined {
  if (problem === undefined) return undefined;
  return {
    ...problem,
    title: problem.title && scrub(problem.title),
    details: problem.details && scrub(problem.details),
  };
}

/** Reads entries as the scripts wrote them: `<ms> <json>`. One that cannot be read is shown as such, not dropped. */
export function parseTimeline(lines: readonly string[]): TimelineEntry[] {
  return lines.map((line) => {
    const space = line.indexOf(' ');
    const at = Number(line.slice(0, space));
    const entry = entrySchema.safeParse(parseJson(line.slice(space + 1)));
    return entry.success ? { at, ...entry.data } : { at, what: 'unreadable' };
  });
}

function parseJson(value: string): unknown {
  try {
    const parsed: unknown = JSON.parse(value);
    return parsed;
  } catch {
    return null;
  }
}
