/** What went wrong, as RFC 9457 lays it down. `code` is what programs look at. */
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail?: string;
  /** Each fault of the request: what is wrong, and a JSON Pointer to where. */
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
}

/** posthorn answered, and did not do what it was asked. Its words hold nothing of the request. */
export class PosthornError extends Error {
  readonly problem: Problem;
  readonly code: string;
  readonly status: number;
  /** How long to wait before the next try, where posthorn said so. */
  readonly retryAfterMs: number | null;

  constructor(problem: Problem, retryAfterMs: number | null, options?: ErrorOptions) {
    const faults = problem.errors?.map(({ pointer, detail }) => `${pointer}: ${detail}`).join('; ') ?? '';
    super(
      [problem.title, problem.detail, faults].filter((part) => part !== undefined && part !== '').join('. '),
      options,
    );
    this.name = 'PosthornError';
    this.problem = problem;
    this.code = problem.code;
    this.status = problem.status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Reads the body of a refusal; what is no problem of posthorn's (a proxy answered) gets the code `unreadable_answer`. */
export function toProblem(status: number, body: unknown): Problem {
  const fields = typeof body === 'object' && body !== null ? body : {};
  const text = (name: string): string | undefined => {
    const value: unknown = Reflect.get(fields, name);
    return typeof value === 'string' ? value : undefined;
  };
  const code = text('code') ?? 'unreadable_answer';
  const title = text('title') ?? `Expected an answer of posthorn, got ${status} from something else`;
  const detail = text('detail');
  const errors = readFaults(Reflect.get(fields, 'errors'));
  return { status, code, title, ...(detail !== undefined && { detail }), ...(errors.length > 0 && { errors }) };
}

function readFaults(value: unknown): { readonly pointer: string; readonly detail: string }[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((each: unknown) => {
    if (typeof each !== 'object' || each === null || !('pointer' in each) || !('detail' in each)) return [];
    return [{ pointer: String(each.pointer), detail: String(each.detail) }];
  });
}
