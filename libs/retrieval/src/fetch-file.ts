import type { Readable } from 'node:stream';
import type { InboundMedia } from '@posthorn/message';
import type { ConnectedChannel, LookUpOutcome, MediaCalls } from '@posthorn/provider';
import type { Http } from '@posthorn/runtime';

/**
 * A GET whose answer is read as a stream, redirects followed; the headers are for the first host alone. Only public addresses are
 * reached, and what the operator allows: providers name addresses, and tenants name providers' hosts.
 */
export type OpenFile = (
  request: { readonly operation: string; readonly url: string; readonly headers: Readonly<Record<string, string>> },
  signal?: AbortSignal,
) => Promise<
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: Readable;
    }
  | { readonly kind: 'not_sent' | 'no_answer'; readonly reason: string }
>;

export interface FetchFileDeps {
  readonly http: Http;
  readonly open: OpenFile;
}

/** A file that a person sent, and whose it is. */
export interface FileTask {
  readonly connected: ConnectedChannel;
  readonly media: InboundMedia;
  /** The channel's stored token, null where it has none. */
  readonly token: string | null;
}

/** A file on its way, or why there is none. Read or destroy the `body`. */
export type FetchedFile =
  | {
      readonly kind: 'file';
      readonly contentType: string;
      /** Null: not told. */
      readonly bytes: number | null;
      /** As the provider told it, in hex or base64; null: it did not. */
      readonly sha256: string | null;
      readonly body: Readable;
    }
  /** The provider has it no more. */
  | { readonly kind: 'gone' }
  /** The provider offers no files here, or the address is none of its own: it gets no credentials. */
  | { readonly kind: 'unsupported' }
  | { readonly kind: 'unauthorised' }
  /** It may work later. */
  | { readonly kind: 'unavailable'; readonly reason: string };

type Place = Pick<Extract<LookUpOutcome, { kind: 'found' }>, 'contentType' | 'sha256'> & {
  readonly url: string | null;
};

/**
 * Fetches a file with the channel's own credentials: looked up where the provider wants that, downloaded, and looked up once more where
 * the address turned out to be too old.
 */
export function createFetchFile(deps: FetchFileDeps): (task: FileTask, signal?: AbortSignal) => Promise<FetchedFile> {
  return async (task, signal) => {
    const calls = task.connected.media;
    if (calls === undefined) return { kind: 'unsupported' };
    const first = await fetchOnce(task, calls, signal);
    return first.kind === 'gone' && calls.lookUp !== null ? await fetchOnce(task, calls, signal) : first;
  };

  async function fetchOnce(task: FileTask, calls: MediaCalls, signal: AbortSignal | undefined): Promise<FetchedFile> {
    const place = await find(task, calls, signal);
    if ('kind' in place) return place;
    const address = calls.download({ id: task.media.id, url: place.url }, task.token);
    if (address === null) return { kind: 'unsupported' };
    const reply = await deps.open({ operation: 'media.download', ...address }, signal);
    if (reply.kind !== 'answered') return { kind: 'unavailable', reason: reply.reason };
    const { status, headers, body } = reply;
    if (status !== 200) {
      body.destroy();
      if (status === 404 || status === 410) return { kind: 'gone' };
      if (status === 401 || status === 403) return { kind: 'unauthorised' };
      return { kind: 'unavailable', reason: `status ${status}` };
    }
    const length = Number(headers['content-length'] ?? Number.NaN);
    return {
      kind: 'file',
      contentType: place.contentType ?? task.media.mimeType ?? headers['content-type'] ?? 'application/octet-stream',
      bytes: Number.isNaN(length) ? null : length,
      sha256: task.media.sha256 ?? place.sha256,
      body,
    };
  }

  async function find(
    { media, token }: FileTask,
    calls: MediaCalls,
    signal: AbortSignal | undefined,
  ): Promise<Place | Exclude<FetchedFile, { kind: 'file' }>> {
    if (calls.lookUp === null) return { url: media.url ?? null, contentType: null, sha256: null };
    const { request, read } = calls.lookUp(media, token);
    const told = read(await deps.http(request, signal));
    switch (told.kind) {
      case 'found': {
        const { url, contentType, sha256 } = told;
        return { url, contentType, sha256 };
      }
      case 'unavailable':
        return { kind: 'unavailable', reason: 'look-up' };
      case 'gone':
      case 'unauthorised':
        return told;
      default:
        return told satisfies never;
    }
  }
}
