import { BlockList, isIP, isIPv4 } from 'node:net';
import { unwrapAddress } from './classify-address.ts';

/** What may be called although it is not public. */
export interface AllowList {
  readonly allowsAddress: (address: string) => boolean;
  readonly allowsHost: (hostname: string) => boolean;
}

/** Reads addresses, CIDR ranges and host names; the entries that are none of these come back as `faults`. */
export function parseAllowList(entries: readonly string[]): { readonly list: AllowList; readonly faults: string[] } {
  const ranges = new BlockList();
  const hosts = new Set<string>();
  const faults: string[] = [];
  for (const entry of entries) {
    const [address = '', bits, ...rest] = entry.split('/');
    const version = isIP(address);
    if (version !== 0 && !address.includes('%') && rest.length === 0 && isPrefix(bits, version === 4 ? 32 : 128)) {
      ranges.addSubnet(address, Number(bits ?? (version === 4 ? 32 : 128)), version === 4 ? 'ipv4' : 'ipv6');
      continue;
    }
    const host = hostNameOf(entry);
    if (host === null) faults.push(entry);
    else hosts.add(host);
  }
  return {
    list: {
      allowsAddress: (candidate) => {
        const plain = unwrapAddress(candidate);
        return plain !== null && ranges.check(plain, isIPv4(plain) ? 'ipv4' : 'ipv6');
      },
      allowsHost: (hostname) => hosts.has(plainHost(hostname)),
    },
    faults,
  };
}

/** In lower case, without the dot of the root. */
export function plainHost(hostname: string): string {
  return hostname.toLowerCase().replace(/\.$/u, '');
}

function isPrefix(bits: string | undefined, bitsMax: number): boolean {
  return bits === undefined || (/^\d{1,3}$/u.test(bits) && Number(bits) <= bitsMax);
}

/** A name as the URL parser leaves it (punycode, lower case), so that it can meet the name in a URL; numeric forms of addresses are none. */
function hostNameOf(entry: string): string | null {
  if (!/^[\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)*\.?$/u.test(entry)) return null;
  const host = URL.parse(`http://${entry}/`)?.hostname;
  return host === undefined || isIP(host) !== 0 ? null : plainHost(host);
}
