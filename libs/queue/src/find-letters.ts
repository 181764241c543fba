import type { ChannelId } from '@posthorn/message';
import type { RedisClient } from '@posthorn/runtime';
import type { Queue } from 'bullmq';
import { z } from 'zod';
import type { DeadJob } from './jobs.ts';
import { deadJobSchema } from './jobs.ts';

/** A message that will not be tried again by itself, as ops see it. */
export type DeadLetter = DeadJob & { readonly id: string };

/** Which letters; times in ms since 1970 of when the message died, both inclusive. */
export interface LetterFilter {
  readonly channelId?: ChannelId | undefined;
  /** Ours, like `template_unknown`. */
  readonly code?: string | undefined;
  /** The provider's own, like `132001`. */
  readonly providerCode?: string | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

export interface LetterPage {
  /** May be empty though there are more: so many are looked at in one call, and few may fit. */
  readonly letters: readonly DeadLetter[];
  /** Where to go on. Null: there are no more. */
  readonly next: string | null;
}

export interface LetterRange {
  /** `oldest`: only those that are parked, which a worker does at once. */
  readonly order: 'newest' | 'oldest';
  /** Of the page before. */
  readonly after?: string | null | undefined;
  /** So many fitting letters at most. */
  readonly limit: number;
}

interface Place {
  readonly score: number;
  readonly id: string;
}

const pageSize = 500;
/** So a call takes some ten round trips at most, however few fit. */
const lookedAtMost = 5_000;
/** Letters that no worker has parked yet: a moment's worth, unless none runs. */
const unparkedMost = 1_000;
const place = /^(?<score>\d{1,17}):(?<id>.{1,200})$/u;
const pairs = z.array(z.string());

/**
 * One page of a provider's dead letters. The place in it is a letter, not a count: letters that come or are replayed between two
 * pages shift nothing. Letters that are not parked yet
 * are on the first page of the newest; the oldest are without them.
 */
export async function findLetters(
  redis: RedisClient,
  queue: Queue,
  filter: LetterFilter,
  { order, after = null, limit }: LetterRange,
): Promise<LetterPage> {
  const found: DeadLetter[] = [];
  if (order === 'newest' && after === null) found.push(...(await unparked(queue, filter)));
  let last = readPlace(after);
  for (let looked = 0; looked < lookedAtMost;) {
    const places = await placesAfter(redis, queue.toKey('failed'), last, order, filter);
    looked += places.length;
    for (const [letter, at] of await read(redis, queue, places)) {
      last = at;
      if (letter !== null && fits(letter, filter)) found.push(letter);
      if (found.length >= limit) return { letters: found, next: `${at.score}:${at.id}` };
    }
    if (places.length === 0) return { letters: found, next: null };
  }
  return { letters: found, next: last === null ? null : `${last.score}:${last.id}` };
}

export function toLetter(id: string | undefined, data: unknown): DeadLetter | null {
  const letter = deadJobSchema.safeParse(data).data;
  return letter === undefined || id === undefined ? null : { ...letter, id };
}

function fits(letter: DeadLetter, { channelId, code, providerCode, from = 0, to = Infinity }: LetterFilter): boolean {
  return (
    (channelId === undefined || letter.channelId === channelId) &&
    (code === undefined || letter.code === code) &&
    (providerCode === undefined || letter.providerCode === providerCode) &&
    letter.diedAt >= from &&
    letter.diedAt <= to
  );
}

async function unparked(queue: Queue, filter: LetterFilter): Promise<readonly DeadLetter[]> {
  const jobs = await queue.getJobs(['waiting', 'active', 'delayed'], 0, unparkedMost - 1, false);
  return jobs.flatMap(({ id, data }) => toLetter(id, data) ?? []).filter((letter) => fits(letter, filter));
}

function readPlace(text: string | null): Place | null {
  const { score, id } = (text === null ? null : place.exec(text)?.groups) ?? {};
  return score === undefined || id === undefined ? null : { score: Number(score), id };
}

/** The set is ordered by when a letter was parked, which is never before it died, and by its id within one millisecond. */
async function placesAfter(
  redis: RedisClient,
  key: string,
  last: Place | null,
  order: LetterRange['order'],
  { from }: LetterFilter,
): Promise<readonly Place[]> {
  for (let offset = 0; ; offset += pageSize) {
    const oldest = from ?? '-inf';
    const reply =
      order === 'newest'
        ? await redis.zrevrangebyscore(key, last?.score ?? '+inf', oldest, 'WITHSCORES', 'LIMIT', offset, pageSize)
        : await redis.zrangebyscore(key, last?.score ?? oldest, '+inf', 'WITHSCORES', 'LIMIT', offset, pageSize);
    const flat = pairs.parse(reply);
    const places = Array.from({ length: flat.length / 2 }, (_, at) => ({
      id: flat[2 * at] ?? '',
      score: Number(flat[2 * at + 1]),
    }));
    const beyond = places.filter(
      ({ score, id }) => last === null || score !== last.score || (order === 'newest' ? id < last.id : id > last.id),
    );
    // More of one millisecond than fit on a page: on to the next.
    if (beyond.length > 0 || places.length === 0) return beyond;
  }
}

async function read(
  redis: RedisClient,
  queue: Queue,
  places: readonly Place[],
): Promise<readonly (readonly [DeadLetter | null, Place])[]> {
  const pipeline = redis.pipeline();
  for (const { id } of places) pipeline.hget(queue.toKey(id), 'data');
  const replies = (await pipeline.exec()) ?? [];
  return places.map((at, index) => {
    const [error, data] = replies[index] ?? [null, null];
    if (error !== null) throw error;
    return [toLetter(at.id, typeof data === 'string' ? parsed(data) : null), at];
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
