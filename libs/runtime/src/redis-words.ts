/** What ioredis (6.0) says when a connection fails a command, and what that means. What was sent may have been carried out all the same. */
const commandWords: readonly (readonly [pattern: RegExp, words: string])[] = [
  [
    /^Stream isn't writeable and enableOfflineQueue|^Cluster isn't ready and enableOfflineQueue/u,
    'Redis is away: nothing was sent to it',
  ],
  [/^Reached the max retries per request limit/u, 'Redis went away before it answered'],
  [/^Connection is closed\.?$|^Cluster is ended/u, 'the connection to Redis was closed before it answered'],
  [/^None of startup nodes is available/u, 'no node of the Redis cluster can be reached'],
  [/^Failed to refresh slots cache/u, 'no node of the Redis cluster says where its keys are'],
  [/^Too many Cluster redirections/u, 'the part of the Redis cluster that has the key stays away'],
];
/** That connection stands, or seems to. */
const silenceWords: readonly (readonly [pattern: RegExp, words: string])[] = [
  [/^Command timed out$/u, 'Redis did not answer in time'],
  [/^Socket timeout\. Expecting data/u, 'Redis has answered nothing for a while'],
];
const connectWords: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'it broke off the connection',
  EPIPE: 'it broke off the connection',
  ETIMEDOUT: 'no answer from there',
  EHOSTUNREACH: 'no way leads there',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name of the host cannot be looked up',
};

/** The words for people in place of those of ioredis, or null: they are others. */
export function wordsOfRedisError(message: string): string | null {
  return [...commandWords, ...silenceWords].find(([pattern]) => pattern.test(message))?.[1] ?? null;
}

/** Why a connection does not come about, or broke. */
export function wordsOfConnection(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const words = connectWords[code];
  if (words !== undefined) return `${words} (${code})`;
  // A cluster says of all its nodes together that they failed; a node, that it was asked where keys are.
  if ('lastNodeError' in error && error.lastNodeError instanceof Error) return wordsOfConnection(error.lastNodeError);
  if (error.message === 'timeout') return 'no answer in time';
  return wordsOfRedisError(error.message) ?? error.message.replace(/\.$/u, '');
}

/**
 * Whether a command failed because its connection does not stand. Whoever opened that (`connectRedis`) tells it, once, and when it is back:
 * to say it again for everything that uses it tells nobody anything.
 */
export function isConnectionAway(error: unknown): boolean {
  return error instanceof Error && commandWords.some(([pattern]) => pattern.test(error.message));
}
