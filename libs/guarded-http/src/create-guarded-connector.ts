import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP, isIPv4, type LookupFunction } from 'node:net';
import { callbackify } from 'node:util';
import { buildConnector } from 'undici';
import type { AddressGuard } from './create-address-guard.ts';

/** The addresses of a name. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

interface ConnectorDeps {
  readonly guard: AddressGuard;
  readonly connectTimeoutMs: number;
  readonly resolve?: Resolve | undefined;
  readonly ca?: string | undefined;
}

/**
 * Opens connections to admitted addresses only. The name is resolved once, within the connecting itself, and the socket goes to an
 * address of that answer: there is no second look-up that could say otherwise (DNS rebinding). One refused address among the answers
 * refuses them all, since nobody mixes public and private addresses by honest mistake.
 */
export function createGuardedConnector(deps: ConnectorDeps): buildConnector.connector {
  const { guard, connectTimeoutMs, resolve = resolveBySystem, ca } = deps;

  async function resolveChecked(hostname: string): Promise<readonly LookupAddress[]> {
    const addresses = await resolve(hostname);
    if (!addresses.every((address) => guard.admits(hostname, address))) throw refused();
    if (addresses.length === 0) throw Object.assign(new Error('the name has no address'), { code: 'ENOTFOUND' });
    return addresses.map((address) => ({ address, family: isIPv4(address) ? 4 : 6 }));
  }

  const lookupAll = callbackify(resolveChecked);
  const checkedLookup: LookupFunction = (hostname, options, callback) => {
    lookupAll(hostname, (error, found) => {
      const [first] = error === null ? found : [];
      if (error !== null || first === undefined) callback(error, []);
      else if (options.all === true) callback(null, [...found]);
      else callback(null, first.address, first.family);
    });
  };

  const connect = buildConnector({
    timeout: connectTimeoutMs,
    allowH2: false,
    lookup: checkedLookup,
    ...(ca !== undefined && { ca }),
  });

  return (options, callback) => {
    // node asks no resolver for a host that is an address.
    if (isIP(options.hostname) !== 0 && !guard.admits(options.hostname, options.hostname)) {
      callback(refused(), null);
      return;
    }
    connect(options, (...result) => {
      const [error, socket] = result;
      // The last word before a byte of the request: where the socket really went.
      if (error === null && !guard.admits(options.hostname, socket.remoteAddress ?? '')) {
        socket.destroy();
        callback(refused(), null);
      } else callback(...result);
    });
  };
}

/** As the system does: /etc/hosts, search domains, the order of the answers. */
async function resolveBySystem(hostname: string): Promise<readonly string[]> {
  const answers = await lookup(hostname, { all: true });
  return answers.map(({ address }) => address);
}

function refused(): NodeJS.ErrnoException {
  return Object.assign(new Error('the address is refused'), { code: 'address_refused' });
}
