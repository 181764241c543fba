/**
 * Where the pages that explain each problem code live: at the server that answered. A relative reference (RFC 9457, 3.1.1), since nobody
 * knows under which address it was called; with the whole path, so that it leads there from every route.
 */
export const problemTypeBase = '/problems/';

/** One fault of a request body: what is wrong, and a JSON Pointer (RFC 6901) to where. */
export interface ProblemFault {
  readonly detail: string;
  readonly pointer: string;
}

/** A problem as RFC 9457 lays it down, with our stable `code`. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail?: string;
  readonly instance?: string;
  readonly errors?: readonly ProblemFault[];
}

/** The media type a problem is sent with. */
export const problemContentType = 'application/problem+json';

/** Builds a problem; its type is the code's page. */
export function createProblem(from: Omit<Problem, 'type'>): Problem {
  return { type: `${problemTypeBase}${from.code}`, ...from };
}
