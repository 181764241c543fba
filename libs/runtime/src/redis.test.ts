import { afterEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { Cluster } from 'ioredis';
import { awaitRedis } from './await-redis.ts';
import { checkRedis } from './check-redis.ts';
import { closeRedis } from './close-redis.ts';
import { coalesceWrites } from './coalesce-writes.ts';
import { connectRedis, type RedisClient, type RedisConnection } from './connect-redis.ts';
import { createDeparture } from './create-departure.ts';
import { createMemoryLog, createSilentLog } from './create-log.ts';
import { createMetrics } from './create-metrics.ts';
import { createRedisScript } from './create-redis-script.ts';
import { isConnectionAway } from './redis-words.ts';
import { startStallingProxy } from './testing/index.ts';
import { watchRedisMemory } from './watch-redis-memory.ts';

const url = process.env['POSTHORN_TEST_REDIS_URL'] ?? 'redis://127.0.0.1:6379';
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

function connect(options: Partial<RedisConnection> = {}): RedisClient {
  const redis = connectRedis({ url, role: 'admin', ...options });
  closers.push(() => closeRedis(redis));
  return redis;
}

/** A stand-in that answers each command by a function of its words, for servers we cannot have. */
async function fakeRedis(answer: (words: readonly string[], socket: Socket) => string | null) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => {
      for (const command of String(chunk).split(/(?=\*\d+\r\n)/u)) {
        const words = command.split('\r\n').filter((word, index) => index > 0 && !/^\$\d+$/u.test(word) && word !== '');
        if (words[0]?.toUpperCase() === 'HELLO') socket.write('-ERR unknown command HELLO\r\n');
        else socket.write(answer(words, socket) ?? '+OK\r\n');
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(async () => {
    for (const socket of sockets) socket.destroy();
    const closed = once(server, 'close');
    server.close();
    await closed;
  });
  const address = server.address();
  return { url: `redis://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`, sockets };
}

const bulk = (text: string) => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;

describe('a departure', () => {
  it('waits for calls and for results, but not for a Redis that is away', async () => {
    const redis = connect({ url: 'redis://127.0.0.1:1', role: 'worker' });
    const waiting = redis.ping();
    let underWay = { calls: 1, results: 1 };
    let looks = 0;
    const { promise: longEnough, resolve } = Promise.withResolvers<void>();
    const { log, lines } = createMemoryLog();
    const departure = createDeparture({
      redis,
      underWay: () => {
        looks += 1;
        if (looks === 3) underWay = { calls: 0, results: 1 };
        if (looks === 26) resolve();
        return underWay;
      },
      graceMs: 60_000,
      log,
    });
    departure.begin();
    await longEnough;
    expect(redis.status).not.toBe('end');
    underWay = { calls: 0, results: 0 };
    await expect(waiting).rejects.toThrow('Connection is closed');
    expect(lines().at(-1)).toMatchObject({ msg: expect.stringContaining('leaving without it') });
  });

  it('does not wait for a Redis that answers nothing either, and says which results are lost with the stop', async () => {
    const fake = await fakeRedis(([name = '']) =>
      name.toUpperCase() === 'INFO' ? bulk('redis_version:7.0.0') : /^(?:PING|QUIT)$/iu.test(name) ? '' : null,
    );
    const redis = connect({ url: fake.url, role: 'worker' });
    await once(redis, 'ready');
    const waiting = redis.ping();
    const { log, lines } = createMemoryLog();
    createDeparture({ redis, underWay: () => ({ calls: 0, results: 2 }), graceMs: 1_000, log }).begin();
    await expect(waiting).rejects.toThrow('Connection is closed');
    expect(lines()).toMatchObject([{ results: 2, msg: expect.stringContaining('results are lost') }]);
  });

  it('leaves a Redis that is there to whoever closes it', async () => {
    const redis = connect({ role: 'worker' });
    await redis.ping();
    const { promise: longEnough, resolve } = Promise.withResolvers<void>();
    let looks = 0;
    const underWay = () => {
      looks += 1;
      if (looks === 25) resolve();
      return { calls: 0, results: 0 };
    };
    createDeparture({ redis, underWay, graceMs: 60_000, log: createSilentLog() }).begin();
    await longEnough;
    expect(redis.status).toBe('ready');
  });
});

describe('connectRedis', () => {
  it('serves every role', async () => {
    for (const role of ['worker', 'admin'] as const) expect(await connect({ role }).ping()).toBe('PONG');
    const producer = connect({ role: 'producer', name: 'ingress' });
    await once(producer, 'ready');
    expect(await producer.ping()).toBe('PONG');
    expect(await producer.client('INFO')).toContain('name=ingress');
  });

  it('fails a producer at once while Redis is away, and says so once however often it tries', async () => {
    const { log, lines } = createMemoryLog();
    const redis = connect({ url: 'redis://127.0.0.1:1', role: 'producer', log });
    let tries = 0;
    const thrice = new Promise<void>((resolve) => redis.on('reconnecting', () => ++tries === 3 && resolve()));
    await expect(redis.set('a', '1')).rejects.toThrow();
    await thrice;
    expect(lines()).toMatchObject([
      { msg: 'Redis cannot be reached; trying again until it can', reason: 'nothing listens there (ECONNREFUSED)' },
    ]);
  });

  it('says once that Redis is back and after how long, and in words for people why a command failed meanwhile', async () => {
    const { log, lines } = createMemoryLog();
    const proxy = await startStallingProxy(url);
    closers.push(() => proxy.close());
    const redis = connect({ url: proxy.url, role: 'producer', log });
    // Not `once` of Node, which errors end.
    const next = async (event: string) => await new Promise<void>((resolve) => redis.once(event, resolve));
    await next('ready');
    proxy.set('cut');
    for (let tries = 0; tries < 2; tries += 1) await next('reconnecting');
    const failed: unknown = await redis.get('a').catch((error: unknown) => error);
    expect(isConnectionAway(failed)).toBe(true);
    log.error({ err: failed }, 'told');
    await next('reconnecting');
    proxy.set('open');
    await next('ready');
    const told = lines();
    expect(told.map(({ msg }) => String(msg).replace(/\d+/u, 'N'))).toEqual([
      'Redis cannot be reached; trying again until it can',
      'told',
      'Redis is back after N s',
    ]);
    expect(told[1]).toMatchObject({ err: { message: expect.stringMatching(/^Redis (?:is away|went away)/u) } });
  });

  it('gives up on a command that gets no answer in time', async () => {
    const fake = await fakeRedis(([name = '']) =>
      name.toUpperCase() === 'GET' ? '' : name.toUpperCase() === 'INFO' ? bulk('redis_version:7.0.0') : null,
    );
    const redis = connect({ url: fake.url, role: 'producer', commandTimeoutMs: 50 });
    // Not `once`: where the machine is slow, a connection may be given up before it is ready, which is told as an error.
    await new Promise((resolve) => redis.once('ready', resolve));
    await expect(redis.get('a')).rejects.toThrow('Command timed out');
  });
});

describe('closeRedis', () => {
  it('does not hang on a Redis that does not answer, or is away', async () => {
    const fake = await fakeRedis(([name = '']) =>
      name.toUpperCase() === 'INFO' ? bulk('redis_version:7.0.0') : name.toUpperCase() === 'QUIT' ? '' : null,
    );
    const silent = connectRedis({ url: fake.url, role: 'worker' });
    await once(silent, 'ready');
    await closeRedis(silent, 50);
    expect(silent.status).toBe('end');
    const away = connectRedis({ url: 'redis://127.0.0.1:1', role: 'worker' });
    await closeRedis(away);
    expect(away.status).toBe('end');
  });

  it('lets go of commands that wait for a Redis that is away', async () => {
    const away = connectRedis({ url: 'redis://127.0.0.1:1', role: 'worker' });
    const waiting = away.get('a').then(String, String);
    await new Promise((resolve) => away.once('reconnecting', resolve));
    await closeRedis(away);
    expect(await waiting).toContain('Connection is closed');
    expect(away.status).toBe('end');
  });
});

describe('closeRedis, after a connection broke and the next one never got ready', () => {
  it('lets go of commands that had no answer', async () => {
    let hangs = false;
    const fake = await fakeRedis(([name = ''], socket) => {
      if (name.toUpperCase() === 'INFO') return hangs ? '' : bulk('redis_version:7.0.0');
      if (name.toUpperCase() !== 'GET') return null;
      hangs = true;
      socket.destroy();
      return '';
    });
    const redis = connect({ url: fake.url, role: 'worker' });
    await once(redis, 'ready');
    const waiting = redis.get('a').then(String, String);
    await new Promise((resolve) => redis.once('connect', resolve));
    await closeRedis(redis);
    expect(await waiting).toContain('Connection is closed');
  });
});

describe('a cluster that is away', () => {
  it('fails a producer at once, is told of as it is, and lets go of those who wait', async () => {
    const nowhere = 'redis+cluster://127.0.0.1:1,127.0.0.1:2';
    const producer = connect({ url: nowhere, role: 'producer' });
    await expect(producer.set('a', '1')).rejects.toThrow(/Cluster isn't ready/u);
    expect(await checkRedis(producer, 100)).toMatchObject({ kind: 'unsuitable', isAway: true });
    const worker = connectRedis({ url: nowhere, role: 'worker' });
    const waiting = worker.get('a').then(String, String);
    await new Promise((resolve) => worker.once('reconnecting', resolve));
    await closeRedis(worker);
    expect([worker.status, await waiting]).toEqual(['end', 'Error: None of startup nodes is available']);
  });
});

/** A cluster of one, and a connection to it as BullMQ copies it, to wait for jobs. */
async function copyToCluster(isWell: () => boolean): Promise<Cluster> {
  const fake = await fakeRedis(([name = '', what = '']) => {
    if (name.toUpperCase() === 'INFO') return bulk('redis_version:7.0.0');
    if (name.toUpperCase() !== 'CLUSTER') return null;
    const { port } = new URL(fake.url);
    return what.toUpperCase() === 'SLOTS'
      ? `*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n${bulk('127.0.0.1')}:${port}\r\n`
      : bulk(`cluster_state:${isWell() ? 'ok' : 'fail'}`);
  });
  const cluster = connect({ url: fake.url.replace('redis:', 'redis+cluster:'), role: 'worker' });
  if (!(cluster instanceof Cluster)) throw new Error('expected a cluster');
  const copy = cluster.duplicate();
  closers.push(() => closeRedis(copy));
  await once(copy, 'ready');
  const ended = once(copy, 'end');
  copy.disconnect();
  await ended;
  return copy;
}

describe('a cluster that is not well', () => {
  it('is not waited for without an end by who makes a connection anew, and is reached once it is', async () => {
    let isWell = true;
    const copy = await copyToCluster(() => isWell);
    isWell = false;
    await expect(copy.connect()).rejects.toThrow('None of startup nodes is available');
    const back = once(copy, 'ready');
    isWell = true;
    await back;
    expect(await copy.set('a', '1')).toBe('OK');
  });

  it('is not asked for ever where its keys are by a connection that was closed while it asked', async () => {
    const copy = await copyToCluster(() => true);
    const timer = setTimeout(() => undefined, 3_600_000);
    Reflect.set(copy, 'slotsTimer', timer);
    expect(Reflect.get(copy, 'slotsTimer')).toBeNull();
  });

  it.each(['disconnecting', 'close'])(
    'is left also by a connection that nothing is left to end: %s',
    async (status) => {
      const copy = await copyToCluster(() => true);
      // As after the late end of a node that hung.
      Reflect.set(copy, 'status', status);
      const ended = once(copy, 'end');
      await closeRedis(copy);
      await ended;
      expect(copy.status).toBe('end');
    },
  );
});

describe('checkRedis', () => {
  it('takes a Redis that never evicts', async () => {
    expect(await checkRedis(connect())).toEqual({
      kind: 'ok',
      version: expect.stringMatching(/^\d+\.\d+/u),
      server: expect.any(String),
    });
  });

  const info = (version: string, policy: string) => bulk(`# Server\r\n${version}\r\nmaxmemory_policy:${policy}\r\n`);
  const refused = '-ERR unknown command `config`\r\n';
  it.each([
    [
      'an old version',
      info('redis_version:6.0.16', 'noeviction'),
      refused,
      /is version 6\.0\.16, but 6\.2 or later is needed\. Upgrade it/u,
    ],
    [
      'a sentinel',
      info('redis_version:7.2.0\r\nredis_mode:sentinel', 'noeviction'),
      refused,
      /a sentinel answers.*Set REDIS_URL to redis\+sentinel:\/\//u,
    ],
    [
      'a node of a cluster',
      info('redis_version:7.2.0\r\nredis_mode:cluster', 'noeviction'),
      refused,
      /is a node of a cluster\. Set REDIS_URL to redis\+cluster:\/\//u,
    ],
    [
      'a policy that evicts',
      info('redis_version:7.2.0', 'x'),
      '*2\r\n$16\r\nmaxmemory-policy\r\n$11\r\nallkeys-lru\r\n',
      /maxmemory-policy allkeys-lru, but noeviction is needed.*Set it/u,
    ],
    [
      'such a policy where CONFIG is refused',
      info('redis_version:7.2.0', 'volatile-lru'),
      refused,
      /maxmemory-policy volatile-lru/u,
    ],
  ])('refuses %s and says what to do', async (_name, infoReply, configReply, says) => {
    const fake = await fakeRedis(([name = '']) =>
      name.toUpperCase() === 'INFO'
        ? infoReply
        : name.toUpperCase() === 'CONFIG'
          ? configReply
          : name.toUpperCase() === 'PING'
            ? '+PONG\r\n'
            : null,
    );
    expect(await checkRedis(connect({ url: fake.url }))).toEqual({
      kind: 'unsuitable',
      isAway: false,
      says: expect.stringMatching(says),
    });
    // Nor is it waited for.
    await expect(awaitRedis(connect({ url: fake.url, role: 'worker' }), createSilentLog())).rejects.toThrow(says);
  });

  it('takes Valkey, whose redis_version is a courtesy', async () => {
    const reply = info('redis_version:7.2.4\r\nvalkey_version:8.1.0', 'noeviction');
    const fake = await fakeRedis(([name = '']) =>
      name.toUpperCase() === 'INFO'
        ? reply
        : name.toUpperCase() === 'CONFIG'
          ? refused
          : name.toUpperCase() === 'PING'
            ? '+PONG\r\n'
            : null,
    );
    expect(await checkRedis(connect({ url: fake.url }))).toEqual({ kind: 'ok', version: '8.1.0', server: 'valkey' });
  });

  it('tells when nothing answers', async () => {
    const says = /Redis at 127\.0\.0\.1:1 cannot be used: .*ECONNREFUSED.*\. Start it, or correct REDIS_URL\./u;
    expect(await checkRedis(connect({ url: 'redis://127.0.0.1:1' }), 100)).toEqual({
      kind: 'unsuitable',
      isAway: true,
      says: expect.stringMatching(says),
    });
  });
});

describe('coalesceWrites', () => {
  it('answers a thousand commands in order, each with its own, scripts and pipelines included', async () => {
    const redis = coalesceWrites(connect());
    const echoes = await Promise.all(Array.from({ length: 1000 }, (_value, index) => redis.echo(String(index))));
    expect(echoes).toEqual(Array.from({ length: 1000 }, (_value, index) => String(index)));
    const [script, piped] = await Promise.all([
      redis.eval('return ARGV[1]', 0, 'x'),
      redis.pipeline().ping().echo('y').exec(),
    ]);
    expect([script, piped]).toEqual([
      'x',
      [
        [null, 'PONG'],
        [null, 'y'],
      ],
    ]);
  });

  it('writes the commands of one turn together', async () => {
    const chunks: number[] = [];
    const fake = await fakeRedis(([name = '']) =>
      name.toUpperCase() === 'INFO' ? bulk('redis_version:7.0.0') : '+PONG\r\n',
    );
    const redis = coalesceWrites(connect({ url: fake.url }));
    await once(redis, 'ready');
    for (const socket of fake.sockets) socket.on('data', (chunk) => chunks.push(chunk.length));
    await Promise.all(Array.from({ length: 50 }, () => redis.ping()));
    expect(chunks).toHaveLength(1);
  });

  it('goes on after its connection was cut, in the middle of commands', async () => {
    const redis = coalesceWrites(connect({ role: 'worker', name: 'to-be-cut' }));
    const other = connect();
    const id = await redis.client('ID');
    const before = Array.from({ length: 500 }, (_value, index) => redis.echo(String(index)));
    await other.client('KILL', 'ID', id);
    const after = Array.from({ length: 500 }, (_value, index) => redis.echo(String(index + 500)));
    expect(await Promise.all([...before, ...after])).toEqual(
      Array.from({ length: 1000 }, (_value, index) => String(index)),
    );
    expect(await redis.client('ID')).not.toBe(id);
  });
});

describe('a Redis that hangs', () => {
  it('counts as away within the time a command may take, and its connection is given up', async () => {
    let hangs = false;
    const fake = await fakeRedis((words, socket) => {
      if (words[0]?.toLowerCase() === 'info') return bulk('redis_version:7.0.0\r\nloading:0');
      if (!hangs) return null;
      socket.removeAllListeners('data');
      return '';
    });
    const redis = connect({ url: fake.url, role: 'producer', commandTimeoutMs: 50 });
    // Not `once`: where the machine is slow, a connection may be given up before it is ready, which is told as an error.
    await new Promise((resolve) => redis.once('ready', resolve));
    hangs = true;
    await expect(redis.ping()).rejects.toThrow('Command timed out');
    hangs = false;
    await new Promise((resolve) => redis.once('ready', resolve));
    // An answer may take longer than that, too.
    for (let answer = ''; answer !== 'OK';) answer = await redis.ping().catch(() => '');
  });
});

describe('a script', () => {
  it('of a fence is unknown to each run of a server until who calls has looked at it, whoever else was there before', async () => {
    const lua = `return ARGV[1] -- ${randomUUID()}`;
    let run = 'first';
    const caller = () => {
      let known: string | null = null;
      let looks = 0;
      const fence = {
        known: () => known,
        look: async () => {
          looks += 1;
          known = await Promise.resolve(run);
          return known;
        },
      };
      const script = createRedisScript(connect(), lua, { allowOom: true });
      return { call: async (word: string) => String(await script([], [word], fence)), looks: () => looks };
    };
    const [one, other] = [caller(), caller()];
    // Who was never there looks, and again when it is told that the script is unknown.
    expect([await one.call('a'), await one.call('b'), one.looks()]).toEqual(['a', 'b', 2]);
    expect([await other.call('c'), other.looks()]).toEqual(['c', 1]);
    // Another server, played: it knows no script of before.
    await connect().script('FLUSH');
    run = 'second';
    expect([await one.call('d'), await one.call('e'), one.looks()]).toEqual(['d', 'e', 3]);
    expect([await other.call('f'), other.looks()]).toEqual(['f', 2]);
  });

  it('runs without its flag where the server does not know flags', async () => {
    const said: string[] = [];
    const fake = await fakeRedis((words) => {
      said.push(words.slice(0, 2).join(' ').slice(0, 9));
      if (words[0] === 'EVALSHA') return '-NOSCRIPT No matching script.\r\n';
      if (words[0] !== 'EVAL') return null;
      // The answer of Redis 6.2.
      if (words[1]?.startsWith('#!') === true)
        return "-ERR Error compiling script (new function): user_script:1: unexpected symbol near '#'\r\n";
      return ':1\r\n';
    });
    const script = createRedisScript(connect({ url: fake.url }), 'return 1', { allowOom: true });
    expect(await script([], [])).toBe(1);
    expect(await script([], [])).toBe(1);
    expect(said.filter((words) => words.startsWith('EVAL #!'))).toHaveLength(1);
  });
});

describe('the memory of Redis', () => {
  it('refuses new work from 85 % on and webhooks from 95 %, and tells', async () => {
    let used = 50;
    const fake = await fakeRedis((words) =>
      words[0]?.toLowerCase() === 'info' ? bulk(`loading:0\r\nused_memory:${used}\r\nmaxmemory:100`) : null,
    );
    const metrics = createMetrics({ app: 'test' });
    const { log, lines } = createMemoryLog();
    const memory = watchRedisMemory({ redis: connect({ url: fake.url }), log, metrics, everyMs: 5 });
    closers.push(memory.close);
    const until = async (ratio: number) => {
      while (memory.ratio() !== ratio) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    await until(0.5);
    expect([memory.refusesWork(), memory.refusesWebhooks()]).toEqual([false, false]);
    used = 85;
    await until(0.85);
    expect([memory.refusesWork(), memory.refusesWebhooks()]).toEqual([true, false]);
    used = 95;
    await until(0.95);
    expect([memory.refusesWork(), memory.refusesWebhooks()]).toEqual([true, true]);
    expect(await metrics.registry.metrics()).toContain('posthorn_redis_memory_ratio 0.95');
    used = 10;
    await until(0.1);
    memory.wasRefused();
    expect(memory.refusesWork()).toBe(true);
    expect(lines().some(({ msg }) => String(msg).includes('nearly full'))).toBe(true);
  });
});
