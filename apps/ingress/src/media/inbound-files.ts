import type { Channel, TokenStore } from '@posthorn/channel';
import type { InboundMedia } from '@posthorn/message';
import type { FileErrands } from '@posthorn/queue';
import { createFetchFile, type FetchedFile } from '@posthorn/retrieval';
import type { Http } from '@posthorn/runtime';
import type { FileClient } from '@posthorn/worker';
import type { ConnectChannel } from '@posthorn/admission';

/** Files that people sent: fetched from their provider, or planned to be brought somewhere. */
export interface InboundFiles {
  readonly fetch: (channel: Channel, media: InboundMedia, signal: AbortSignal) => Promise<FetchedFile>;
  readonly errands: Pick<FileErrands, 'add'>;
  readonly checkUrl: FileClient['checkUrl'];
}

/** Fetches with the channel's stored token: a new one is the worker's to ask for. */
export function createInboundFiles(deps: {
  readonly connect: ConnectChannel;
  readonly tokens: Pick<TokenStore, 'read'>;
  readonly http: Http;
  readonly client: Pick<FileClient, 'open' | 'checkUrl'>;
  readonly errands: Pick<FileErrands, 'add'>;
}): InboundFiles {
  const fetchFile = createFetchFile({ http: deps.http, open: deps.client.open });
  return {
    fetch: async (channel, media, signal) => {
      const connected = deps.connect(channel);
      if (connected === null) return { kind: 'unsupported' };
      const token = connected.tokens === null ? null : ((await deps.tokens.read(channel.id)).token?.token ?? null);
      if (connected.tokens !== null && token === null) return { kind: 'unavailable', reason: 'no access token' };
      return await fetchFile({ connected, media, token }, signal);
    },
    errands: deps.errands,
    checkUrl: deps.client.checkUrl,
  };
}
