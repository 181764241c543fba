import { createKeyRegister } from '@posthorn/rotation';
import { createHttp, systemClock, topologyOf, type RedisClient } from '@posthorn/runtime';
import { createSealer, parseKeyRing } from '@posthorn/sealing';
import { withAdmin } from '../admin-access.ts';
import { CliError } from '../cli-error.ts';
import { readFleetConfig } from '../config.ts';
import { checkBuckets } from '../doctor/check-buckets.ts';
import { checkChannels } from '../doctor/check-channels.ts';
import { failure, ok, warning, type Finding } from '../doctor/finding.ts';
import { judgeKeys } from '../doctor/judge-keys.ts';
import { judgeServer, type ServerFacts } from '../doctor/judge-server.ts';
import { readServers } from '../doctor/read-server.ts';
import { placeOfRedis } from '../fleet-access.ts';
import { homeOf } from '../home.ts';
import { readRun } from '../run-file.ts';
import { createTable } from '../table.ts';
import { json, type Terminal } from '../terminal.ts';

/** `posthorn doctor`: reads, changes nothing, and says what to do. */
export async function doctor(
  terminal: Terminal,
  options: { readonly providers: boolean; readonly json: boolean },
): Promise<void> {
  const findings = [
    ...checkConfiguration(terminal),
    ...(await checkFleet(terminal, options.providers)),
    ...(await checkStorage(terminal, options.providers)),
    await checkPublicUrl(terminal),
  ];
  const failures = findings.filter(({ level }) => level === 'failure').length;
  const warnings = findings.filter(({ level }) => level === 'warning').length;
  if (options.json) json(terminal, { ok: failures === 0, failures, warnings, findings });
  else {
    const table = createTable(['', 'check', 'found']);
    for (const { check, level, says, remedy } of findings) {
      table.add([markOf[level], check, remedy === undefined ? says : `${says.replace(/\.$/u, '')}. To do: ${remedy}.`]);
    }
    for (const line of table.lines()) terminal.out(line);
    terminal.err(`${findings.length} checks: ${failures} failures, ${warnings} warnings. Nothing was changed.`);
  }
  if (failures > 0) terminal.setExitCode(1);
}

const markOf = { ok: '✓', warning: '!', failure: '✗' } as const satisfies Record<Finding['level'], string>;

/** The variables here, as each app would read them. */
function checkConfiguration(terminal: Terminal): readonly Finding[] {
  const check = 'configuration';
  try {
    const { sealingKeys, lookupKey } = placeOfRedis(terminal);
    readFleetConfig(terminal.env, { POSTHORN_SEALING_KEYS: sealingKeys, POSTHORN_LOOKUP_KEY: lookupKey });
    return [ok(check, 'every app takes the variables that are set here')];
  } catch (error) {
    const says = error instanceof Error ? error.message : String(error);
    return [failure(check, says, 'README.md has the table of variables')];
  }
}

async function checkFleet(terminal: Terminal, askProviders: boolean): Promise<readonly Finding[]> {
  try {
    const { sealingKeys, lookupKey } = placeOfRedis(terminal);
    const ring = parseKeyRing(sealingKeys, lookupKey);
    const sealer = createSealer(ring);
    return await withAdmin(terminal, async (parts) => {
      const servers = await readServers(parts.redis, () => systemClock.now());
      const filesIn = placeOfFiles(terminal.env);
      const versions = servers.map(({ info }) => info.get('valkey_version') ?? info.get('redis_version') ?? 'unknown');
      return [
        ok(
          'redis',
          `${sayTopology(parts.redis, servers.length)}version ${[...new Set(versions)].join(', ')}, never evicts`,
        ),
        ...servers.flatMap((server) => judgeServer({ ...server, filesIn })),
        ...judgeKeys(await createKeyRegister({ redis: parts.redis, ring, clock: systemClock }).read(), ring),
        ...(await checkChannels(parts, sealer, { nowMs: systemClock.now(), askProviders })),
      ];
    });
  } catch (error) {
    if (error instanceof CliError) return [failure('redis', error.message, 'without it nothing else can be looked at')];
    if (!(error instanceof Error) || !error.message.startsWith('NOPERM')) throw error;
    return [
      failure(
        'redis user',
        `Redis refuses what has to be asked: ${error.message}`,
        'give the user of this command the rules of posthorn-cli (docs/operations/redis-acl.md); without them nothing else can be looked at',
      ),
    ];
  }
}

/** Whether the owner's buckets can be read by the addresses that providers get. */
async function checkStorage({ env }: Terminal, asks: boolean): Promise<readonly Finding[]> {
  const client = createHttp({ timeoutMs: 10_000 });
  try {
    return await checkBuckets(env['POSTHORN_BUCKETS'], asks ? client.http : null);
  } finally {
    await client.close();
  }
}

function sayTopology(redis: RedisClient, masters: number): string {
  const topology = topologyOf(redis);
  switch (topology) {
    case 'server':
      return '';
    case 'sentinel':
      return 'the master that the sentinels name, ';
    case 'cluster':
      return `a cluster of ${masters} masters that serves every slot, `;
    default:
      return topology satisfies never;
  }
}

/** Whether ingress answers where providers call it. */
async function checkPublicUrl({ env }: Terminal): Promise<Finding> {
  const check = 'public address';
  const url = env['POSTHORN_PUBLIC_URL'] || readRun(homeOf(env), process.pid)?.fleet?.urls.api;
  if (url === undefined)
    return warning(
      check,
      'POSTHORN_PUBLIC_URL is not set here: it is not known where providers call',
      'set it, like https://hooks.example.com',
    );
  const client = createHttp({ timeoutMs: 10_000 });
  const reply = await client.http({
    operation: 'doctor.livez',
    method: 'GET',
    url: `${url.replace(/\/+$/u, '')}/livez`,
  });
  await client.close();
  if (reply.kind === 'answered' && reply.status === 200) return ok(check, `ingress answers at ${url}`);
  const came = reply.kind === 'answered' ? `status ${reply.status}` : reply.reason;
  return failure(
    check,
    `ingress does not answer at ${url} as seen from here (${came})`,
    'look at the proxy, the certificate and the name; it must lead to ingress, /livez too',
  );
}

/** By the environment here, which is to be that of the apps. */
function placeOfFiles({
  POSTHORN_MEDIA_S3_BUCKET: bucket = '',
  POSTHORN_MEDIA_DIR: folder = '',
}: Terminal['env']): ServerFacts['filesIn'] {
  if (bucket !== '') return 'bucket';
  return folder === '' ? 'own-folder' : 'named-folder';
}
