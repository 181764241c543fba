import { buffer } from 'node:stream/consumers';
import type { PreparedFiles } from '@posthorn/delivery';
import type { Medium, OpenedMedia } from '@posthorn/media';
import { mapFiles, storedFiles, type Content, type StoredFile } from '@posthorn/message';
import { failed, type Failed } from '@posthorn/outcome';
import type { MediaCalls } from '@posthorn/provider';
import type { Clock, Http, Log } from '@posthorn/runtime';
import type { LiveChannel } from './connected-channels.ts';

export interface PrepareFilesDeps {
  readonly files: OpenedMedia;
  readonly http: Http;
  readonly clock: Clock;
  readonly log: Log;
  /** Where the outside reaches ingress; null: not known, so no provider can fetch a stored file. */
  readonly publicUrl: string | null;
  readonly linkMs: number;
  /** Ends uploads when the process stops: nothing of a message is out by them. */
  readonly signal: AbortSignal;
}

/** Makes a message's files known to the provider of its channel. */
export type PrepareFiles = (live: LiveChannel, content: Content, token: string | null) => Promise<PreparedFiles>;

interface Named {
  readonly url?: string;
  readonly providerMediaId?: string;
  /** Of a document that the message gives no name of its own. */
  readonly filename?: string;
}
type Prepared = { readonly kind: 'named'; readonly named: Named; readonly isOld: boolean } | Failed;
type Upload = NonNullable<MediaCalls['upload']>;

/** Files wait here for their turn, since each is in memory while it goes up. */
const uploadsAtOnce = 3;

/**
 * A stored file gets an id by an upload where the provider takes those, remembered for the next message that names it; elsewhere a
 * signed link of ours. An object of the tenant's bucket gets a signed address there.
 */
export function createPrepareFiles(deps: PrepareFilesDeps): PrepareFiles {
  const { files, clock, linkMs } = deps;
  const { media, links, buckets } = files;
  const underWay = new Map<string, Promise<Prepared>>();
  const inTurn = createTurns(uploadsAtOnce);

  async function nameFile(live: LiveChannel, file: StoredFile, token: string | null): Promise<Prepared> {
    const { tenantId } = live.channel;
    if (file.source.kind === 'object') {
      const url = await buckets.toUrl(tenantId, file.source, linkMs);
      return url === null ? failed('media_missing') : { kind: 'named', named: { url }, isOld: false };
    }
    const medium = await media.get(tenantId, file.source.id);
    if (medium === null) return failed('media_missing');
    const upload = live.connected.media?.upload ?? null;
    const named = upload === null ? toLink(medium) : await toUploaded(live, medium, upload, token);
    if (named.kind === 'failed' || file.kind !== 'document' || file.filename !== undefined || medium.name === null) {
      return named;
    }
    return { ...named, named: { ...named.named, filename: medium.name } };
  }

  function toLink({ id }: Medium): Prepared {
    if (deps.publicUrl === null) {
      const title = 'POSTHORN_PUBLIC_URL is not set: the provider cannot fetch files from here';
      return failed('media_unavailable', { problem: { code: 'no_public_url', title } });
    }
    const url = `${deps.publicUrl.replace(/\/+$/u, '')}/media/${links.toToken(id, linkMs)}`;
    return { kind: 'named', named: { url }, isOld: false };
  }

  async function toUploaded(
    live: LiveChannel,
    medium: Medium,
    upload: Upload,
    token: string | null,
  ): Promise<Prepared> {
    const known = await media.records.upload(medium.id, live.channel.id);
    if (known !== null && known.account === accountOf(live) && known.untilMs > clock.now()) {
      return { kind: 'named', named: { providerMediaId: known.id }, isOld: true };
    }
    // A campaign's messages name one file: it goes up once, and the others wait for it.
    const key = `${live.channel.id} ${medium.id}`;
    const running = underWay.get(key);
    if (running !== undefined) return await running;
    const started = inTurn(async () => await uploadNow(live, medium, upload, token));
    underWay.set(key, started);
    return await started.finally(() => underWay.delete(key));
  }

  async function uploadNow(live: LiveChannel, medium: Medium, upload: Upload, token: string | null): Promise<Prepared> {
    const content = await media.open(medium);
    if (content === null) return failed('media_missing');
    const bytes = new Uint8Array(await buffer(content));
    const { contentType, name } = medium;
    const call = upload.toCall({ contentType, name, bytes }, token);
    const reply = await deps.http(call.request, deps.signal);
    const outcome = call.read(reply);
    const { id: channelId } = live.channel;
    deps.log.info(
      {
        op: 'uploadFile',
        channelId,
        mediaId: medium.id,
        bytes: medium.bytes,
        result: outcome.kind,
        durationMs: reply.durationMs,
      },
      'file handed to the provider',
    );
    if (outcome.kind === 'failed') return outcome;
    const untilMs = clock.now() + upload.lifeMs;
    await media.records.rememberUpload(medium, channelId, { id: outcome.id, account: accountOf(live), untilMs });
    return { kind: 'named', named: { providerMediaId: outcome.id }, isOld: false };
  }

  return async (live, content, token) => {
    const named = new Map<string, Named>();
    const old: StoredFile[] = [];
    for (const file of storedFiles(content)) {
      const prepared = await nameFile(live, file, token);
      if (prepared.kind === 'failed') return prepared;
      named.set(file.pointer, prepared.named);
      if (prepared.isOld) old.push(file);
    }
    const forget = async (): Promise<void> => {
      for (const { source } of old) {
        if (source.kind === 'media') await media.records.forgetUpload(source.id, live.channel.id);
      }
    };
    return {
      kind: 'ready',
      content: mapFiles(content, ({ pointer }) => named.get(pointer) ?? null),
      forget: old.length === 0 ? null : forget,
    };
  };
}

/** Whose ids these are: another number or account of the same channel cannot use them. */
function accountOf({ connected }: LiveChannel): string {
  return [connected.account, ...connected.addresses].join(' ');
}

function createTurns(most: number): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let free = most;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    else free -= 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}
