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

/**
 * A provider's own host may be a private one, since whoever runs the channel chose it: a client for each such host. Whatever else it
 * names, or redirects to, must be public, or allowed by the operator.
 */
export function createFileClient({ allow }: { readonly allow: readonly string[] }): FileClient {
  const destinations = createGuardedHttp({ allow, timeoutMs: 120_000, maxBodyBytes: 1024 * 1024 });
  const clientByHost = new Map<string, GuardedHttp>();
  const clientOf = (host: string): GuardedHttp => {
    const known = clientByHost.get(host);
    if (known !== undefined) return known;
    // In brackets a URL has an IPv6 address, and the list has none.
    const entry = host.replace(/^\[(?<address>.*)\]$/u, '$<address>');
    const made = createGuardedHttp({ allow: [...allow, entry], timeoutMs, maxBodyBytes: fileBytesMax });
    clientByHost.set(host, made);
    return made;
  };
  return {
    open: async (request, host, signal) => await clientOf(host).open({ ...request, redirectsMax }, signal),
    post: destinations.http,
    checkUrl: destinations.checkUrl,
    close: async () => {
      await Promise.all([destinations, ...clientByHost.values()].map(async (client) => await client.close()));
    },
  };
}
