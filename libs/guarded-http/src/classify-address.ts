import { BlockList, isIP, isIPv4 } from 'node:net';

/** What kind of place an address is. Only `public` may be called without having been allowed. */
export type AddressClass = 'public' | 'internal' | 'metadata' | 'unusable';

/**
 * Sources, read 2026-11: the IANA special-purpose address registries for IPv4 and IPv6 (RFC 6890 and its updates).
 * Ranges that lead into somebody's own network: loopback, private, link-local, shared (CGNAT), benchmarks.
 */
const internal4 = [
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '198.18.0.0/15',
];
/** Unspecified, protocol assignments, documentation, 6to4 relays, multicast, reserved, broadcast: never an address to call. */
const unusable4 = [
  '0.0.0.0/8',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];
/** Credentials of the machine itself, at AWS, Google, Azure and most others; Alibaba; Oracle; Azure's wire server, in a public range. */
const metadata4 = [
  '169.254.169.254/32',
  '169.254.170.2/32',
  '100.100.100.200/32',
  '192.0.0.192/32',
  '168.63.129.16/32',
];

/** The only range handed out for use is 2000::/3; of it, these are not public. Teredo is 2001::/32, 6to4 is 2002::/16. */
const unusable6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];
/** Loopback, unique-local, link-local, site-local (deprecated, still routed in places), a network's own NAT64. */
const internal6 = ['::1/128', 'fc00::/7', 'fe80::/10', 'fec0::/10', '64:ff9b:1::/48'];
const metadata6 = ['fd00:ec2::254/128', 'fd20:ce::254/128'];
const global6 = ['2000::/3'];

const lists = {
  metadata4: blockList(metadata4),
  unusable4: blockList(unusable4),
  internal4: blockList(internal4),
  metadata6: blockList(metadata6),
  unusable6: blockList(unusable6),
  internal6: blockList(internal6),
  global6: blockList(global6),
};

/** Classifies an address as `node:net` knows it. What is no address, or carries a zone, is `unusable`. */
export function classifyAddress(address: string): AddressClass {
  const plain = unwrapAddress(address);
  if (plain === null) return 'unusable';
  if (isIPv4(plain)) {
    if (lists.metadata4.check(plain, 'ipv4')) return 'metadata';
    if (lists.unusable4.check(plain, 'ipv4')) return 'unusable';
    return lists.internal4.check(plain, 'ipv4') ? 'internal' : 'public';
  }
  if (lists.metadata6.check(plain, 'ipv6')) return 'metadata';
  if (lists.internal6.check(plain, 'ipv6')) return 'internal';
  return lists.global6.check(plain, 'ipv6') && !lists.unusable6.check(plain, 'ipv6') ? 'public' : 'unusable';
}

/**
 * The IPv4 address inside an IPv4-mapped (`::ffff:0:0/96`) or NAT64 (`64:ff9b::/96`) one, since it is where the packets go
 * (IPv6-only networks reach the whole IPv4 Internet by NAT64); other addresses as they are. Null for what is no address.
 */
export function unwrapAddress(address: string): string | null {
  if (address.includes('%') || isIP(address) === 0) return null;
  if (isIPv4(address)) return address;
  const groups = groupsOf(address);
  const prefix = groups.slice(0, 6).join(':');
  if (prefix !== '0:0:0:0:0:ffff' && prefix !== '64:ff9b:0:0:0:0') return address;
  return groups
    .slice(6)
    .map((group) => Number.parseInt(group, 16))
    .flatMap((value) => [value >> 8, value & 0xff])
    .join('.');
}

/** The eight groups in lower case without leading zeros. The URL parser writes the address in one way (WHATWG URL, host serializer). */
function groupsOf(address: string): readonly string[] {
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail] = canonical.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  return [...left, ...Array.from({ length: 8 - left.length - right.length }, () => '0'), ...right];
}

function blockList(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', bits] = range.split('/');
    list.addSubnet(address, Number(bits), isIPv4(address) ? 'ipv4' : 'ipv6');
  }
  return list;
}
