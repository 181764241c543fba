import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { backoffMs, retryAfterMs } from '@posthorn/outcome';
import type { Clock, HttpReply, HttpRequest, Random } from '@posthorn/runtime';
import type { FetchedFile } from './fetch-file.ts';

/** Where a file is to go. */
export type ErrandTarget =
  | { readonly kind: 'store' }
  | {
      readonly kind: 'destination';
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
    };

/** A file to be brought somewhere. */
export interface FileErrand {
  readonly id: string;
  /** Our id of the message it came with; null: asked for by the provider's id of the file. */
  readonly inboundId: string | null;
  readonly media: { readonly id: string; readonly filename?: string | undefined };
  readonly target: ErrandTarget;
  readonly callbackData: string | null;
}

type Delivered = {
  readonly contentType: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Its id in our store; null: it went to a destination. */
  readonly mediaId: string | null;
};

/** Why a file did not get where it should. */
export type ErrandFailure =
  | 'gone'
  | 'unsupported'
  | 'unauthorised'
  | 'provider_unavailable'
  | 'altered'
  | 'destination_refused'
  | 'destination_unavailable'
  | 'store_refused';

export interface ErrandDeps<Errand extends FileErrand> {
  readonly fetch: (errand: Errand, signal: AbortSignal) => Promise<FetchedFile>;
  /** Keeps the file; a text: why not; null: it broke off on its way. */
  readonly keep: (errand: Errand, file: Extract<FetchedFile, { kind: 'file' }>) => Promise<Delivered | string | null>;
  /** For addresses that users give. */
  readonly post: (request: HttpRequest, signal: AbortSignal) => Promise<HttpReply>;
  readonly delivered: (errand: Errand, told: Delivered) => Promise<void>;
  readonly failed: (errand: Errand, code: ErrandFailure, detail: string, attempts: number) => Promise<void>;
  /** Whether bytes with that digest (hex) are what the provider announced. */
  readonly fits: (announced: string, sha256: string) => boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly attemptsMax: number;
}

export type ErrandEnd = { readonly kind: 'done' } | { readonly kind: 'later'; readonly afterMs: number };

type Try =
  | { readonly kind: 'delivered'; readonly told: Delivered }
  | {
      readonly kind: 'failed';
      readonly code: ErrandFailure;
      readonly detail: string;
      /** Null: for good. */
      readonly afterMs: number | null;
    };

/** 5 s, 10 s … up to half an hour: with 20 attempts about seven hours. */
const backoff = { baseMs: 5_000, capMs: 1_800_000 };

/** One activation of a file's job: fetch, check, hand on; again with growing pauses; its end is told as an event. */
export function createErrandProcessor<Errand extends FileErrand>(
  deps: ErrandDeps<Errand>,
): (errand: Errand, attempt: number, signal: AbortSignal) => Promise<ErrandEnd> {
  return async (errand, attempt, signal) => {
    const result = await bring(errand, signal);
    if (result.kind === 'delivered') {
      await deps.delivered(errand, result.told);
      return { kind: 'done' };
    }
    if (result.afterMs !== null && attempt < deps.attemptsMax) {
      return { kind: 'later', afterMs: Math.max(result.afterMs, backoffMs(attempt, deps.random(), backoff)) };
    }
    await deps.failed(errand, result.code, result.detail, attempt);
    return { kind: 'done' };
  };

  async function bring(errand: Errand, signal: AbortSignal): Promise<Try> {
    const file = await deps.fetch(errand, signal);
    switch (file.kind) {
      case 'file':
        break;
      case 'gone':
        return forGood('gone', 'the provider has the file no more');
      case 'unsupported':
        return forGood('unsupported', 'the provider offers no file there');
      case 'unauthorised':
        return again('unauthorised', 'the provider refuses the credentials of the channel');
      case 'unavailable':
        return again('provider_unavailable', file.reason);
      default:
        return file satisfies never;
    }
    if (errand.target.kind === 'store') {
      const kept = await deps.keep(errand, file);
      if (kept === null) return again('provider_unavailable', 'the file broke off on its way');
      return typeof kept === 'string' ? forGood('store_refused', kept) : { kind: 'delivered', told: kept };
    }
    // Whole before any of it goes on: what is altered or cut short must not reach anybody.
    const bytes = await buffer(file.body).catch(() => null);
    if (bytes === null) return again('provider_unavailable', 'the file broke off on its way');
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    if (file.sha256 !== null && !deps.fits(file.sha256, sha256)) {
      return again('altered', 'the SHA-256 of the file is not the announced one');
    }
    const { contentType } = file;
    return await post(errand, errand.target, { contentType, bytes, sha256 }, signal);
  }

  async function post(
    errand: Errand,
    target: Extract<ErrandTarget, { kind: 'destination' }>,
    { contentType, bytes, sha256 }: { readonly contentType: string; readonly bytes: Buffer; readonly sha256: string },
    signal: AbortSignal,
  ): Promise<Try> {
    const { filename } = errand.media;
    const reply = await deps.post(
      {
        operation: 'media.deliver',
        method: 'POST',
        url: target.url,
        headers: {
          ...target.headers,
          'content-type': contentType,
          'x-posthorn-delivery': errand.id,
          'x-posthorn-sha256': sha256,
          ...(errand.inboundId !== null && { 'x-posthorn-inbound-id': errand.inboundId }),
          ...(filename !== undefined && {
            'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(filename)}`,
          }),
        },
        body: bytes,
      },
      signal,
    );
    if (reply.kind !== 'answered') return again('destination_unavailable', reply.reason);
    const { status, headers } = reply;
    if (status >= 200 && status < 300) {
      return { kind: 'delivered', told: { contentType, bytes: bytes.byteLength, sha256, mediaId: null } };
    }
    const mayWork = status >= 500 || status === 408 || status === 425 || status === 429;
    if (!mayWork) return forGood('destination_refused', `status ${status}`);
    return {
      ...again('destination_unavailable', `status ${status}`),
      afterMs: retryAfterMs(headers, deps.clock.now()) ?? 0,
    };
  }
}

function forGood(code: ErrandFailure, detail: string): Try {
  return { kind: 'failed', code, detail, afterMs: null };
}

function again(code: ErrandFailure, detail: string): Extract<Try, { kind: 'failed' }> {
  return { kind: 'failed', code, detail, afterMs: 0 };
}
