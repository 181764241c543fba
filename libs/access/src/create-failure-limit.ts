import { isIPv4, isIPv6 } from 'node:net';
import type { Clock } from '@posthorn/runtime';
import { LRUCache } from 'lru-cache';

/** Slows down who tries keys and signatures. */
export interface FailureLimit {
  /** Counts a failure from this address; how long it has to wait, in milliseconds, or 0. */
  readonly failed: (address: string) => number;
}

interface Bounds {
  /** Default: a minute. */
  readonly windowMs: number;
  /** From one IPv4 address, or one /64 of IPv6, which is what one customer gets. Default: 30. */
  readonly failuresMax: number;
  /** From one /24 of IPv4 or /48 of IPv6. Default: 300. */
  readonly networkFailuresMax: number;
  /** Sources remembered; beyond them the longest silent is forgotten. Default: 10,000. */
  readonly sourcesMax: number;
}

const defaults: Bounds = { windowMs: 60_000, failuresMax: 30, networkFailuresMax: 300, sourcesMax: 10_000 };

interface Tries {
  readonly failures: number;
  readonly untilMs: number;
}

/**
 * Counts failures only, so whoever has a valid key or signature is never kept out by others, also not behind a proxy that gives
 * all of them one address. In the memory of one process: copies count for themselves.
 */
export function createFailureLimit({ clock, ...limits }: { readonly clock: Clock } & Partial<Bounds>): FailureLimit {
  const { windowMs, failuresMax, networkFailuresMax, sourcesMax } = { ...defaults, ...limits };
  const triesBySource = new LRUCache<string, Tries>({ max: sourcesMax });

  function count(source: string, max: number): number {
    const nowMs = clock.now();
    const known = triesBySource.get(source);
    const tries = known !== undefined && known.untilMs > nowMs ? known : { failures: 0, untilMs: nowMs + windowMs };
    triesBySource.set(source, { ...tries, failures: tries.failures + 1 });
    return tries.failures >= max ? tries.untilMs - nowMs : 0;
  }

  return {
    failed: (address) => {
      const { host, network } = sourceOf(address);
      return Math.max(count(host, failuresMax), count(network, networkFailuresMax));
    },
  };
}

/** What of an address stands for one customer, and for one network. */
function sourceOf(address: string): { readonly host: string; readonly network: string } {
  const plain = address.replace(/^::ffff:(?=\d+\.)/iu, '').replace(/%.*$/u, '');
  if (isIPv4(plain)) return { host: plain, network: `${plain.split('.').slice(0, 3).join('.')}/24` };
  if (!isIPv6(plain)) return { host: 'unknown', network: 'unknown/network' };
  const [head = '', tail = ''] = new URL(`http://[${plain}]`).hostname.slice(1, -1).split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0');
  const groups = [...left, ...zeros, ...right];
  return { host: `${groups.slice(0, 4).join(':')}/64`, network: `${groups.slice(0, 3).join(':')}/48` };
}
