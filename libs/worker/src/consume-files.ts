import { sha256Fits } from '@posthorn/media';
import type { Consumer, StoredErrand } from '@posthorn/queue';
import { consume, fileJobSchema, mediaQueue } from '@posthorn/queue';
import { createErrandProcessor, createFetchFile, type ErrandFailure, type FetchedFile } from '@posthorn/retrieval';
import { systemClock, systemRandom } from '@posthorn/runtime';
import type { LiveChannel } from './connected-channels.ts';
import { fileBytesMax } from './create-file-client.ts';
import { unreadable, unreadableMs } from './unreadable.ts';
import type { WorkerParts } from './worker-parts.ts';
import { unknownChannelMs } from './worker-parts.ts';

interface Task extends StoredErrand {
  readonly live: LiveChannel;
}

/** A file is in memory on its way to a destination. */
const filesAtOnce = 2;
const attemptsMax = 20;

const says = {
  gone: 'The provider has the file no more.',
  unsupported: 'The provider offers no such file to this channel.',
  unauthorised: 'The provider refuses the credentials of the channel.',
  provider_unavailable: 'The provider did not give the file.',
  altered: 'The file is not the one that the provider announced (SHA-256).',
  destination_refused: 'The destination refused the file.',
  destination_unavailable: 'The destination did not take the file.',
  store_refused: 'The store did not take the file.',
} as const satisfies Record<ErrandFailure, string>;

/** Brings files that people sent into the store or to a destination: the retrieval flow, joined to the parts. */
export function consumeFiles(parts: WorkerParts, signal: AbortSignal): Consumer {
  const { provider, ledger, channels, tokens, errands, files, fileClient, log } = parts;
  const fetchFile = createFetchFile({ http: parts.http, open: fileClient.open });
  const tell = async (task: Task, type: 'media.delivered' | 'media.failed', told: object): Promise<void> => {
    const { id, inboundId, media, target, callbackData } = task;
    await ledger.note(task.live.channel, type, `${type} ${id}`, {
      deliveryId: id,
      inboundId,
      providerMediaId: media.id,
      // Its path and query may be secrets of the caller's.
      destination: target.kind === 'store' ? null : (URL.parse(target.url)?.host ?? null),
      callbackData,
      ...told,
    });
    log.info({ op: 'bringFile', channelId: task.channelId, deliveryId: id, type }, 'file brought, or given up');
  };

  const processErrand = createErrandProcessor<Task>({
    fetch: async ({ live, media }) => {
      const token = live.connected.tokens === null ? null : await tokens.cache.get(live);
      if (token?.kind === 'later') return { kind: 'unavailable', reason: 'no access token' };
      return await fetchFile({ connected: live.connected, media, token: token?.token ?? null }, signal);
    },
    keep,
    post: fileClient.post,
    delivered: async (task, told) => await tell(task, 'media.delivered', told),
    failed: async (task, code, _detail, attempts) => {
      log.warn({ op: 'bringFile', channelId: task.channelId, deliveryId: task.id, code }, 'a file was given up');
      await tell(task, 'media.failed', { code, says: says[code], attempts });
    },
    fits: sha256Fits,
    clock: systemClock,
    random: systemRandom,
    attemptsMax,
  });

  async function keep({ live, inboundId, media }: Task, file: Extract<FetchedFile, { kind: 'file' }>) {
    const { contentType, bytes, sha256, body } = file;
    const { id: channelId, tenantId } = live.channel;
    const input = {
      tenantId,
      channelId,
      contentType,
      name: media.filename ?? null,
      bytesMax: fileBytesMax,
      bytes,
      sha256,
      lifeMs: await parts.retention.ofFiles(tenantId),
      trustsType: true,
    };
    let result;
    try {
      result = await files.media.put(input, body);
    } catch (error) {
      if (body.errored !== null) return null;
      throw error;
    }
    if (result.kind === 'refused') return result.detail;
    const { medium } = result;
    if (inboundId !== null) await files.media.records.rememberInbound(inboundId, medium);
    return { contentType: medium.contentType, bytes: medium.bytes, sha256: medium.sha256, mediaId: medium.id };
  }

  return consume(parts.consuming, {
    ...parts.consuming,
    queue: mediaQueue(provider.id),
    schema: fileJobSchema,
    concurrency: filesAtOnce,
    process: async ({ id, channelId }, _name, lost) => {
      const errand = await errands.open(provider.id, id);
      if (errand === null) {
        if (!(await errands.isKept(provider.id, id))) return { kind: 'done' };
        log.error({ errandId: id }, unreadable);
        return { kind: 'later', afterMs: unreadableMs };
      }
      const live = await channels.find(channelId);
      if (live === null) return { kind: 'later', afterMs: unknownChannelMs };
      const attempt = await errands.attempt(provider.id, id);
      const end = await processErrand({ ...errand, live }, attempt, AbortSignal.any([signal, lost]));
      if (end.kind === 'done') await errands.finish(provider.id, id);
      return end;
    },
  });
}
