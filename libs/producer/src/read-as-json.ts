import { PosthornError } from '@posthorn/client';
import { createProblem } from '@posthorn/runtime';

/**
 * A message as HTTP would have brought it: dates as text, nothing undefined, nothing inherited. So the same message under the same key
 * is the same on both ways. Throws a `TypeError` for what has no JSON.
 */
export function readAsJson(value: unknown, bytesMax: number): unknown {
  const text = JSON.stringify(value);
  const bytes = Buffer.byteLength(text);
  if (bytes > bytesMax) {
    const problem = createProblem({
      code: 'too_large',
      title: 'The body is too large',
      status: 413,
      detail: `Expected at most ${bytesMax} bytes of JSON, got ${bytes}.`,
    });
    throw new PosthornError(problem, null);
  }
  return JSON.parse(text);
}
