import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import type { RedisClient } from '../connect-redis.ts';
import { mastersOf } from '../redis-masters.ts';

/** What a server was told. */
export interface ToldCommand {
  /** The address of whoever told it, or `lua`. */
  readonly source: string;
  /** The command and its arguments; bytes that are no text stand as Redis shows them (`\x00`). */
  readonly words: readonly string[];
}

/**
 * Watches what a Redis without a password is told (MONITOR); of a cluster, its first master. Over a connection of its own: that of ioredis (6.0)
 * breaks when the first command comes together with the answer to MONITOR.
 */
export async function watchCommands(
  redis: RedisClient,
  onCommand: (told: ToldCommand) => void,
): Promise<{
  /** Resolves once all that was answered until now has been seen: MONITOR runs behind. */
  readonly caughtUp: () => Promise<void>;
  readonly close: () => void;
}> {
  const [server] = mastersOf(redis);
  if (server === undefined) throw new Error('there is no Redis to watch');
  const { host = '127.0.0.1', port = 6379 } = server.options;
  const socket = connect(port, host);
  const begun = Promise.withResolvers<void>();
  const ends = new Map<string, () => void>();
  socket.on('error', begun.reject);
  createInterface({ input: socket }).on('line', (line) => {
    const [, source, told] = /^\+\S+ \[\d+ (\S+)\] (.*)$/u.exec(line) ?? [];
    if (source === undefined || told === undefined) {
      if (line === '+OK') begun.resolve();
      else begun.reject(new Error(`expected OK or a command, came ${line}`));
      return;
    }
    const words = wordsOf(told);
    const ended = ends.get(words[1] ?? '');
    if (ended === undefined) onCommand({ source, words });
    else ended();
  });
  socket.write('MONITOR\r\n');
  await begun.promise;
  return {
    caughtUp: async () => {
      const end = randomUUID();
      const ended = new Promise<void>((resolve) => ends.set(end, resolve));
      await server.echo(end);
      await ended;
    },
    close: () => socket.destroy(),
  };
}

function wordsOf(told: string): readonly string[] {
  return [...told.matchAll(/"((?:[^"\\]|\\.)*)"/gu)].map(([, word = '']) => word.replaceAll(/\\(["\\])/gu, '$1'));
}
