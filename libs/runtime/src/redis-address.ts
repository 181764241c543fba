/** One place to connect to. */
export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

/** Who connects. */
export interface RedisLogin {
  readonly username?: string;
  readonly password?: string;
}

/** Where Redis is, as REDIS_URL says it. */
export type RedisAddress =
  | { readonly kind: 'server'; readonly url: string; readonly place: string }
  | {
      readonly kind: 'sentinel';
      readonly sentinels: readonly RedisNode[];
      /** What the sentinels call the master. */
      readonly master: string;
      readonly database: number;
      readonly login: RedisLogin;
      readonly sentinelLogin: RedisLogin;
      readonly tls: boolean;
      readonly place: string;
    }
  | {
      readonly kind: 'cluster';
      /** Some of its nodes; the others are learnt from them. */
      readonly nodes: readonly RedisNode[];
      readonly login: RedisLogin;
      readonly tls: boolean;
      readonly place: string;
    };

/** `fault` begins with "expected" and never repeats what came: it may hold a password. */
export type ParsedRedisAddress =
  | { readonly kind: 'ok'; readonly address: RedisAddress }
  | { readonly kind: 'fault'; readonly says: string };

const forms =
  'redis://host:6379, redis+sentinel://host:26379,host:26379/<name of the master> or redis+cluster://host:6379,host:6379 (rediss for TLS)';
const manyHosts =
  /^(?<scheme>rediss?)\+(?<kind>sentinel|cluster):\/\/(?:(?<login>[^@/?#]*)@)?(?<hosts>[^@/?#]+)(?:\/(?<path>[^/?#]*))?(?:\?(?<query>[^#]*))?$/u;
const sentinelParameters: ReadonlySet<string> = new Set(['db', 'sentinelUsername', 'sentinelPassword']);

/**
 * Reads an address of Redis: one server, sentinels that know where the master is, or nodes of a cluster. The WHATWG form of a URL knows one
 * host only, so lists of them are read here. Names and passwords are percent-encoded, as in any URL.
 */
export function parseRedisAddress(text: string): ParsedRedisAddress {
  const { scheme, kind, login = '', hosts = '', path = '', query = '' } = manyHosts.exec(text)?.groups ?? {};
  if (kind === undefined) return parseServer(text);
  const defaultPort = kind === 'sentinel' ? 26_379 : 6379;
  const nodes = hosts.split(',').map((host) => parseNode(host, defaultPort));
  const known = nodes.filter((node) => node !== null);
  if (known.length < nodes.length) return fault(`hosts like "a.example:${defaultPort},b.example:${defaultPort}"`);
  const [username, password, ...rest] = login.split(':').map(decoded);
  if (username === null || password === null || rest.length > 0)
    return fault('"user:password@" before the hosts, percent-encoded');
  const shared = {
    login: toLogin(username, password),
    tls: scheme === 'rediss',
    place: known.map(({ host, port }) => `${host}:${port}`).join(','),
  };
  const parameters = new URLSearchParams(query);
  if (kind === 'cluster') {
    if (path !== '' || query !== '') return fault('no path and no parameters for a cluster: it has one database, 0');
    return { kind: 'ok', address: { kind, nodes: known, ...shared } };
  }
  const master = decoded(path);
  if (master === null || master === '')
    return fault('the name of the master behind the sentinels, like redis+sentinel://host:26379/mymaster');
  const unknown = [...parameters.keys()].find((name) => !sentinelParameters.has(name));
  const database = parameters.get('db') ?? '0';
  if (unknown !== undefined || !/^\d{1,4}$/u.test(database))
    return fault(`no other parameters than ${[...sentinelParameters].join(', ')}, db being a number`);
  const sentinelLogin = toLogin(
    parameters.get('sentinelUsername') ?? undefined,
    parameters.get('sentinelPassword') ?? undefined,
  );
  return {
    kind: 'ok',
    address: { kind: 'sentinel', sentinels: known, master, database: Number(database), sentinelLogin, ...shared },
  };
}

/** The same address as it may be shown: without its passwords. */
export function withoutPasswords(text: string): string {
  return text.replaceAll(/\/\/[^/@\s]*@/gu, '//…@').replaceAll(/(?<=[?&]sentinelPassword=)[^&\s]*/gu, '…');
}

function parseServer(text: string): ParsedRedisAddress {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.host === '' || !/^rediss?:$/u.test(url.protocol)) return fault(forms);
  return {
    kind: 'ok',
    address: { kind: 'server', url: text, place: `${url.hostname}:${url.port === '' ? 6379 : url.port}` },
  };
}

function parseNode(text: string, defaultPort: number): RedisNode | null {
  const { six, name, port } =
    /^(?:\[(?<six>[\da-f:.]+)\]|(?<name>[\w.-]+))(?::(?<port>\d{1,5}))?$/iu.exec(text.trim())?.groups ?? {};
  const host = six ?? name;
  const number = port === undefined ? defaultPort : Number(port);
  return host === undefined || number < 1 || number > 65_535 ? null : { host, port: number };
}

/** Null where the percent-encoding is broken. */
function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** Without what is empty: `:secret@` is a password without a name. */
function toLogin(username: string | undefined, password: string | undefined): RedisLogin {
  return {
    ...(username !== undefined && username !== '' && { username }),
    ...(password !== undefined && password !== '' && { password }),
  };
}

function fault(expected: string): ParsedRedisAddress {
  return { kind: 'fault', says: `expected ${expected}` };
}
