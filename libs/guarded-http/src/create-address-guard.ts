import { isIP } from 'node:net';
import { classifyAddress } from './classify-address.ts';
import { parseAllowList, plainHost } from './parse-allow-list.ts';

/** Why an address that a user gave is not called. */
export type RefusalReason = 'invalid_url' | 'credentials_in_url' | 'https_required' | 'address_refused';

/** For the people who gave the address: what was expected, and what to do. */
export const refusalWords = {
  invalid_url: 'Expected an absolute URL with http or https, such as https://example.com/hooks. Correct the URL.',
  credentials_in_url:
    'The URL holds a user name or password, which would end up in logs. Take them out, and use a header or the signature instead.',
  https_required: 'Only https is called here, so that nobody on the way can read along. Use a URL with https.',
  address_refused:
    'The address is not public (private, loopback, link-local, reserved or metadata), or its name leads to such a one. ' +
    'Use a public address, or let the operator allow this one with POSTHORN_CALLBACK_ALLOW.',
} as const satisfies Record<RefusalReason, string>;

/** What can be said of a URL without asking the network. */
export type UrlCheck =
  | { readonly kind: 'ok'; readonly url: URL }
  | { readonly kind: 'refused'; readonly reason: RefusalReason };

/** Settings of the guard. */
export interface AddressGuardOptions {
  /** Addresses, CIDR ranges and host names that may be called although they are not public. Metadata services never are. */
  readonly allow: readonly string[];
  /** Default: false. Allowed hosts and addresses may use http even so. */
  readonly httpsOnly?: boolean;
}

/** Decides which addresses may be called; it asks no network. */
export interface AddressGuard {
  /** For a URL that is stored or called: its form, and its host where that is an address. A name is judged when it is resolved. */
  readonly checkUrl: (url: string) => UrlCheck;
  /** Whether `hostname`, resolved to `address`, may be connected to. */
  readonly admits: (hostname: string, address: string) => boolean;
}

/** Throws where an entry of the allow-list cannot be read; check it before with `callbackAllowSchema`. */
export function createAddressGuard({ allow, httpsOnly = false }: AddressGuardOptions): AddressGuard {
  const { list, faults } = parseAllowList(allow);
  if (faults.length > 0) throw new Error(`expected addresses, CIDR ranges or host names, got ${faults.join(', ')}`);

  function admits(hostname: string, address: string): boolean {
    const found = classifyAddress(address);
    switch (found) {
      case 'public':
        return true;
      case 'metadata':
        return false;
      case 'internal':
      case 'unusable':
        return list.allowsAddress(address) || (found === 'internal' && list.allowsHost(hostname));
      default:
        return found satisfies never;
    }
  }

  function checkUrl(text: string): UrlCheck {
    const url = URL.parse(text);
    if (url === null || !/^https?:$/u.test(url.protocol)) return { kind: 'refused', reason: 'invalid_url' };
    if (url.username !== '' || url.password !== '') return { kind: 'refused', reason: 'credentials_in_url' };
    const host = hostOf(url);
    const literals = isIP(host) !== 0 ? [host] : isLocalhost(host) ? ['127.0.0.1', '::1'] : [];
    if (literals.length > 0 && !literals.some((address) => admits(host, address)))
      return { kind: 'refused', reason: 'address_refused' };
    const isAllowed = list.allowsHost(host) || literals.some((address) => list.allowsAddress(address));
    if (httpsOnly && url.protocol !== 'https:' && !isAllowed) return { kind: 'refused', reason: 'https_required' };
    return { kind: 'ok', url };
  }

  return { checkUrl, admits };
}

/** Without the brackets of an IPv6 address. */
function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/gu, '');
}

/** RFC 6761: these names mean the machine itself, whatever a resolver says. */
function isLocalhost(host: string): boolean {
  return /(?:^|\.)localhost$/u.test(plainHost(host));
}
