import { failure, ok, warning, type Finding } from './finding.ts';

/** New work is refused at 85 % of maxmemory (docs/adr/0014-bounds-of-redis-memory.md); told before that. */
const memoryWarnedAt = 0.7;
const memoryRefusedAt = 0.85;
const connectionsWarnedAt = 0.7;
const connectionsFailAt = 0.9;
const skewMostMs = 1_000;

/** What was read of a Redis server. */
export interface ServerFacts {
  /** Which of several; null: it is the only one. */
  readonly place: string | null;
  /** It is one of sentinels or of a cluster, where a replica is to take over. */
  readonly isReplicated: boolean;
  /** `min-replicas-to-write`; null: this service does not tell. */
  readonly replicasToWrite: number | null;
  /** As INFO has them. */
  readonly info: ReadonlyMap<string, string>;
  /** Null: this service does not tell. */
  readonly clientsMax: number | null;
  /** This machine's clock less that of Redis, in ms, and how long asking took. */
  readonly skewMs: number;
  readonly askedMs: number;
  /** Where apps that keep files are connected from; null: we may not ask. */
  readonly hosts: readonly string[] | null;
  /** Where files are kept: S3-compatible storage, a folder that somebody named, which may be a shared one, or each host's own. */
  readonly filesIn: 'bucket' | 'named-folder' | 'own-folder';
}

/** What is to be said of a Redis server that is reachable and fit (`checkRedis`). */
export function judgeServer(facts: ServerFacts): readonly Finding[] {
  const { place } = facts;
  const findings = [
    judgeMemory(facts),
    judgePersistence(facts),
    judgeReplicas(facts),
    judgeClock(facts),
    judgeConnections(facts),
    judgeFiles(facts),
  ].flatMap((finding) => finding ?? []);
  return place === null ? findings : findings.map((finding) => ({ ...finding, check: `${finding.check} ${place}` }));
}

function judgeMemory({ info }: ServerFacts): Finding {
  const check = 'redis memory';
  const max = Number(info.get('maxmemory') ?? 0);
  const used = Number(info.get('used_memory') ?? 0) - Number(info.get('mem_not_counted_for_evict') ?? 0);
  if (max === 0)
    return warning(
      check,
      `${megabytes(used)} used, and no maxmemory is set: Redis would grow until the machine ends it`,
      'set maxmemory to about 60 % of the machine’s memory, in its configuration',
    );
  const says = `${megabytes(used)} of ${megabytes(max)} used (${percent(used / max)})`;
  const remedy = 'raise maxmemory, or look what grows: dead letters, held messages, channels without a worker';
  if (used / max >= memoryRefusedAt) return failure(check, `${says}: new messages are refused`, remedy);
  if (used / max >= memoryWarnedAt)
    return warning(check, `${says}; from ${percent(memoryRefusedAt)} new messages are refused`, remedy);
  return ok(check, says);
}

function judgePersistence({ info }: ServerFacts): Finding {
  const check = 'redis persistence';
  if (info.get('aof_enabled') === '1') {
    const [status = 'ok'] = [info.get('aof_last_write_status')];
    if (status === 'ok') return ok(check, 'the append-only file is on');
    return failure(check, 'the append-only file could not be written', 'look at the disk and the log of Redis');
  }
  return warning(
    check,
    'the append-only file is off: what was accepted is lost with the Redis process',
    'set "appendonly yes" (managed: turn persistence on), unless a replica with its own is all you want',
  );
}

/** Null for one server that stands for itself. */
function judgeReplicas({ info, isReplicated, replicasToWrite }: ServerFacts): Finding | null {
  const check = 'redis replicas';
  const replicas = Number(info.get('connected_slaves') ?? 0);
  if (replicas === 0) {
    if (!isReplicated) return null;
    return warning(check, 'it has none: when it fails, nobody takes over', 'add a replica on another machine');
  }
  if (replicasToWrite !== 0) return ok(check, `${replicas} connected`);
  return warning(
    check,
    `${replicas} connected, but it goes on taking writes without them: cut off from the others, what it takes is lost when one of them has taken over`,
    'set min-replicas-to-write 1 and min-replicas-max-lag 10',
  );
}

function judgeClock({ skewMs, askedMs }: ServerFacts): Finding {
  const check = 'redis clock';
  // Where in the time of asking Redis looked at its clock is not known.
  const says = `${Math.round(Math.abs(skewMs))} ms ${skewMs < 0 ? 'ahead of' : 'behind'} this machine’s`;
  if (Math.abs(skewMs) - askedMs / 2 <= skewMostMs) return ok(check, says);
  return failure(check, says, 'run a time service (NTP) on both machines: expiry and signatures go by these clocks');
}

function judgeConnections({ info, clientsMax }: ServerFacts): Finding {
  const check = 'redis connections';
  const open = Number(info.get('connected_clients') ?? 0);
  if (clientsMax === null) return ok(check, `${open} open; this Redis does not tell how many it takes`);
  const says = `${open} of ${clientsMax} open`;
  const remedy = 'raise maxclients (and the limit of open files), or run fewer copies of the workers';
  if (open >= clientsMax * connectionsFailAt) return failure(check, says, remedy);
  if (open >= clientsMax * connectionsWarnedAt) return warning(check, says, remedy);
  return ok(check, says);
}

function judgeFiles({ hosts, filesIn }: ServerFacts): Finding {
  const check = 'files';
  if (filesIn === 'bucket') return ok(check, 'S3-compatible storage');
  if (hosts === null)
    return warning(
      check,
      'files are kept in a folder; whether apps of several hosts do so cannot be seen, since CLIENT LIST is refused here',
      'allow it to the Redis user of this command (+client|list, docs/operations/redis-acl.md), or see that all hosts share POSTHORN_MEDIA_DIR',
    );
  if (hosts.length <= 1) return ok(check, 'a folder, and no two hosts would have to share it');
  const remedy = 'give all of them one shared volume as POSTHORN_MEDIA_DIR, or set POSTHORN_MEDIA_S3_BUCKET';
  return filesIn === 'own-folder'
    ? failure(check, `each of the ${hosts.length} hosts whose apps keep files has a folder of its own`, remedy)
    : warning(
        check,
        `files are kept in a folder, by apps on ${hosts.length} hosts: it must be one volume for all`,
        remedy,
      );
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(1)} MB`;
}

function percent(part: number): string {
  return `${Math.round(part * 100)} %`;
}
