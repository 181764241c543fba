import type { Registry } from 'prom-client';
import type { Log } from './create-log.ts';

const checkLimitMs = 1000;
const cacheMs = 1000;

/** What probes look at. A check throws (or never ends) when its part is not fit to serve. */
export interface ProbeDeps {
  readonly registry: Registry;
  readonly checks: Readonly<Record<string, () => Promise<void>>>;
  readonly log: Log;
  /** Whether it can still serve while these checks fail: then it stays ready, and says that it is degraded. Default: never. */
  readonly canServeWithout?: (failing: readonly string[]) => boolean;
}

/** An answer to a probe. */
export interface ProbeAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** Answers to /livez, /readyz and /metrics, without a server of their own. */
export interface Probes {
  /** Null for any other path. */
  readonly answer: (path: string) => Promise<ProbeAnswer | null>;
  /** From now on not ready: called when a stop begins, so that nothing new is routed here. */
  readonly stopping: () => void;
}

/** Each check has 1 s; results are kept for 1 s, so that probing costs nothing. */
export function createProbes({ registry, checks, log, canServeWithout = () => false }: ProbeDeps): Probes {
  let isStopping = false;
  let last: { readonly at: number; readonly failing: Promise<readonly string[]> } | undefined;
  let lastSaid = '';

  async function ready(): Promise<ProbeAnswer> {
    if (isStopping) return json(503, { status: 'stopping' });
    if (last === undefined || performance.now() - last.at > cacheMs)
      last = { at: performance.now(), failing: runChecks(checks) };
    const failing = await last.failing;
    const isDegraded = failing.length > 0 && canServeWithout(failing);
    sayChange(`${isDegraded ? 'degraded: ' : ''}${failing.join(', ')}`);
    if (failing.length === 0) return json(200, { status: 'ready' });
    return isDegraded ? json(200, { status: 'degraded', failing }) : json(503, { status: 'not ready', failing });
  }

  function sayChange(failing: string): void {
    if (failing === lastSaid) return;
    lastSaid = failing;
    if (failing === '') log.info('ready again');
    else log.warn({ failing }, failing.startsWith('degraded') ? failing : `not ready: ${failing}`);
  }

  return {
    async answer(path) {
      switch (path) {
        case '/livez':
          return json(200, { status: 'alive' });
        case '/readyz':
          return await ready();
        case '/metrics':
          return { status: 200, contentType: registry.contentType, body: await registry.metrics() };
        default:
          return null;
      }
    },
    stopping: () => {
      isStopping = true;
    },
  };
}

async function runChecks(checks: ProbeDeps['checks']): Promise<readonly string[]> {
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => ((await passes(check)) ? [] : [name])),
  );
  return results.flat();
}

async function passes(check: () => Promise<void>): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), checkLimitMs);
  const passed = (async () => {
    try {
      await check();
      return true;
    } catch {
      return false;
    }
  })();
  try {
    return await Promise.race([passed, late]);
  } finally {
    clearTimeout(timer);
  }
}

function json(status: number, body: object): ProbeAnswer {
  return { status, contentType: 'application/json; charset=utf-8', body: JSON.stringify(body) };
}
