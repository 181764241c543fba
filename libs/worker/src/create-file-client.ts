import { createGuardedHttp, type GuardedHttp } from '@posthorn/guarded-http';
import type { OpenFile } from '@posthorn/retrieval';
import type { Http } from '@posthorn/runtime';

/** The longest a file may take, and the largest there is (WhatsApp: documents of 100 MB). */
const timeoutMs = 300_000;
export const fileBytesMax = 101 * 1024 * 1024;
/** A provider may send on to its storage, and that to another host of it. */
const redirectsMax = 3;

/** Calls about files: to providers and where they send on to, and to addresses that callers give. */
export interface FileClient {
  readonly open: OpenFile;
  /** For destinations: public ones, and what the operator allows. */
  readonly post: Http;
  readonly checkUrl: GuardedHttp['checkUrl'];
  readonly close: () => Promise<void>;
}

/** All of them reach public addresses and what the operator allows, nothing else, redirects included. */
export function createFileClient({ allow }: { readonly allow: readonly string[] }): FileClient {
  const destinations = createGuardedHttp({ allow, timeoutMs: 120_000, maxBodyBytes: 1024 * 1024 });
  const files = createGuardedHttp({ allow, timeoutMs, maxBodyBytes: fileBytesMax });
  return {
    open: async (request, signal) => await files.open({ ...request, redirectsMax }, signal),
    post: destinations.http,
    checkUrl: destinations.checkUrl,
    close: async () => {
      await Promise.all([destinations.close(), files.close()]);
    },
  };
}
