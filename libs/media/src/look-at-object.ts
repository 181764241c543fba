import type { TenantId } from '@posthorn/message';
import type { Clock, Http } from '@posthorn/runtime';
import type { Buckets } from './buckets.ts';
import { firstChunk, isAnimatedChunk } from './is-animated.ts';

/** What is seen of a WebP image in somebody's own storage. */
export interface SeenObject {
  readonly contentType: 'image/webp';
  readonly bytes: number;
  readonly animated: boolean;
}

/** Null: it is no WebP, is not there, or its storage does not tell; then the provider finds out. */
export type LookAtObject = (
  tenantId: TenantId,
  object: { readonly bucket: string; readonly key: string },
) => Promise<SeenObject | null>;

const addressLifeMs = 60_000;
/** A producer waits for the answer meanwhile. */
const timeoutMs = 2_000;
/** A storage that gave no answer is not asked for so long: the next producer does not wait for it. */
const restMs = 10_000;
const { start, end } = firstChunk;

/** Reads the few bytes of an object that tell whether it moves, and how long it is. Never throws for reasons of the storage. */
export function createLookAtObject({
  buckets,
  http,
  clock,
}: {
  readonly buckets: Pick<Buckets, 'toUrl'>;
  readonly http: Http;
  readonly clock: Clock;
}): LookAtObject {
  const restsUntilByBucket = new Map<string, number>();

  const rest = (bucket: string): null => {
    restsUntilByBucket.set(bucket, clock.now() + restMs);
    return null;
  };

  return async (tenantId, object) => {
    if (clock.now() < (restsUntilByBucket.get(object.bucket) ?? 0)) return null;
    // Who signs it may ask others for keys, and fail (Amazon's tools do); what needs the address says so later.
    const url = await buckets.toUrl(tenantId, object, addressLifeMs).catch(() => null);
    if (url === null) return rest(object.bucket);
    const headers = { range: `bytes=${start}-${end}` };
    const reply = await http({ operation: 'media.look_at_object', method: 'GET', url, headers, timeoutMs });
    if (reply.kind !== 'answered') return rest(object.bucket);
    const bytes = new RegExp(`^bytes ${start}-${end}/(?<all>\\d+)$`, 'u').exec(reply.headers['content-range'] ?? '');
    const animated = isAnimatedChunk(reply.text);
    if (reply.status !== 206 || bytes === null || animated === null) return null;
    return { contentType: 'image/webp', bytes: Number(bytes.groups?.['all']), animated };
  };
}
