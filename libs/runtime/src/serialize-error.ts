import { wordsOfRedisError } from './redis-words.ts';

const causesMax = 5;

/**
 * An error as a log keeps it: class, code, message, stack and causes; queries are cut from URLs, for they carry tokens. What ioredis says of a
 * connection is told in words for people; its own begin the stack.
 */
export function serializeError(error: unknown): unknown {
  return serialize(error, 0);
}

function serialize(error: unknown, depth: number): unknown {
  if (!isError(error)) return typeof error === 'string' ? withoutQueries(error) : error;
  return {
    type: error.name,
    ...('code' in error && (typeof error.code === 'string' || typeof error.code === 'number') && { code: error.code }),
    message: wordsOfRedisError(error.message) ?? withoutQueries(error.message),
    stack: withoutQueries(error.stack ?? ''),
    ...(error.cause !== undefined && depth < causesMax && { cause: serialize(error.cause, depth + 1) }),
  };
}

function withoutQueries(text: string): string {
  return text
    .replace(/(?<place>[a-z][\w+.-]*:\/\/[^\s?#"'<>]*)\?[^\s#"'<>)]*/giu, '$<place>')
    .replace(/:\/\/[^/@\s]*@/gu, '://…@');
}

/** By shape: an error of another realm (a test's, a vm's) is no instance of this one's Error. */
function isError(value: unknown): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]';
}
