/** As much of a timeline's entry as is shown. */
export interface TimelineFacts {
  readonly at: string;
  readonly what: string;
  readonly attempt?: number | undefined;
  readonly status?: string | undefined;
  readonly code?: string | undefined;
  readonly problem?:
    | { readonly code: string; readonly title?: string | undefined; readonly details?: string | undefined }
    | undefined;
  readonly durationMs?: number | undefined;
  readonly afterMs?: number | undefined;
  readonly note?: string | undefined;
}

export const timelineHead: readonly string[] = [
  'time',
  'what',
  'try',
  'status',
  'code',
  'provider code',
  'took',
  'note',
];

/** One thing that happened, in columns. */
export function timelineRow(entry: TimelineFacts): readonly string[] {
  const { at, what, attempt, status, code, problem, durationMs, afterMs, note } = entry;
  const notes = [
    afterMs === undefined ? '' : `again in ${(afterMs / 1_000).toFixed(1)} s`,
    problem?.title ?? '',
    problem?.details ?? '',
    note ?? '',
  ];
  return [
    at.slice(0, 23).replace('T', ' '),
    what,
    attempt === undefined ? '' : String(attempt),
    status ?? '',
    code ?? '',
    problem?.code ?? '',
    durationMs === undefined ? '' : `${durationMs} ms`,
    notes.filter((part) => part !== '').join('; '),
  ];
}
