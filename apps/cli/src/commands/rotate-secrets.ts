import {
  createKeyRegister,
  createRotation,
  faultsOfKeys,
  type KeyUse,
  type PlaceReport,
  type RotationReport,
} from '@posthorn/rotation';
import { systemClock } from '@posthorn/runtime';
import { parseKeyRing, type KeyRing } from '@posthorn/sealing';
import { byOf } from '../admin-access.ts';
import { CliError } from '../cli-error.ts';
import { placeOfRedis, withFleet, type FleetParts } from '../fleet-access.ts';
import { sealedPlaces } from '../sealed-places.ts';
import { createTable } from '../table.ts';
import { json, type Terminal } from '../terminal.ts';

export interface RotateOptions {
  readonly dryRun: boolean;
  readonly keysPerSecond: number;
  readonly by?: string;
  readonly json: boolean;
}

/** What a rotation came to. */
interface Outcome extends RotationReport {
  /** Keys of the ring that seal nothing in Redis any more, nor will. */
  readonly removable: readonly string[];
  /** Former keys that apps which run still seal with. */
  readonly stillSealing: readonly string[];
}

const progressMs = 2_000;

/** `posthorn secrets rotate`: seals all with the first key. Can be ended and run again at any time. */
export async function rotateSecrets(terminal: Terminal, options: RotateOptions): Promise<void> {
  const { sealingKeys, lookupKey } = placeOfRedis(terminal);
  const ring = parseKeyRing(sealingKeys, lookupKey);
  const outcome = await withFleet(terminal, async (parts) => await rotate(terminal, parts, ring, options));
  const { resealed, unreadable, left } = sumsOf(outcome.places);
  const ok = unreadable === 0 && left === 0 && outcome.stillSealing.length === 0;
  if (!ok) terminal.setExitCode(1);
  if (options.json) {
    const { remainingById, ...told } = outcome;
    json(terminal, {
      ok,
      dryRun: options.dryRun,
      first: ring.currentId,
      ...told,
      remaining: Object.fromEntries(remainingById),
    });
    return;
  }
  const table = createTable([
    'place',
    options.dryRun ? 'to be sealed anew' : 'sealed anew',
    'already',
    'unreadable',
    'left',
  ]);
  for (const { place, ...counts } of outcome.places)
    table.add([place, ...[counts.resealed, counts.current, counts.unreadable, counts.left].map(String)]);
  for (const line of table.lines()) terminal.out(line);
  for (const line of wordsOf(outcome, ring, options.dryRun)) terminal.err(line);
  if (ok && options.dryRun && resealed > 0) terminal.err('Nothing was changed: without --dry-run it is sealed anew.');
}

async function rotate(
  terminal: Terminal,
  { redis, audit }: FleetParts,
  ring: KeyRing,
  { dryRun, keysPerSecond, ...options }: RotateOptions,
): Promise<Outcome> {
  const register = createKeyRegister({ redis, ring, clock: systemClock });
  const tell = async (result: string): Promise<void> => {
    const entry = { by: byOf(options), action: 'secrets.rotate', tenantId: '*', channelId: null };
    await audit.record({ ...entry, changed: [ring.currentId], result });
  };
  if (!dryRun) {
    refuseTooEarly(ring, await register.read());
    await tell('begun');
  }
  let toldAt = performance.now();
  const onProgress = (looked: number, resealed: number): void => {
    if (options.json || performance.now() - toldAt < progressMs) return;
    toldAt = performance.now();
    terminal.err(`${looked} keys looked at, ${resealed} sealed anew …`);
  };
  const report = await createRotation({ redis, ring, places: sealedPlaces }).run({ dryRun, keysPerSecond, onProgress });
  // Asked again: an app with the former key may have come meanwhile.
  const { keys, rings } = await register.read();
  const sealing = new Set(rings.map(([first]) => first));
  const former = [...new Set([...ring.keyById.keys(), ...keys.map(({ id }) => id)])].filter(
    (id) => id !== ring.currentId,
  );
  const stillSealing = former.filter((id) => sealing.has(id));
  const unused = former.filter((id) => !sealing.has(id) && !report.remainingById.has(id));
  if (!dryRun) {
    await register.forget(unused);
    const { resealed, unreadable, left } = sumsOf(report.places);
    await tell(`${resealed} sealed anew, ${unreadable} unreadable, ${left} left`);
  }
  return { ...report, removable: unused.filter((id) => ring.keyById.has(id)), stillSealing };
}

/** Before all apps can open what the first key seals, sealing anew would take it away from those that cannot. */
function refuseTooEarly(ring: KeyRing, use: KeyUse): void {
  const { currentId } = ring;
  // What is missing is no reason to wait: what is there is sealed anew, and the rest is told.
  const [fault] = faultsOfKeys({ ...use, keys: use.keys.filter(({ here }) => here === 'another') });
  if (fault !== undefined) throw new CliError(`${fault.says}; ${fault.remedy}.`);
  const without = use.rings.filter((ids) => !ids.includes(currentId));
  if (without.length > 0) {
    throw new CliError(
      `An app runs (or ran within 3 minutes) that does not have the key "${currentId}" (it has ${without.map((ids) => ids.join(', ')).join('; ')}): ` +
        'what is sealed anew it could not open. Give every app the new key, behind the former one first. docs/operations/secrets.md has the steps.',
    );
  }
  // Of a fleet that stands still the register alone tells. Otherwise a former ring, left in some shell, would turn everything back.
  const seals =
    use.rings.length > 0 ? use.rings.some(([id]) => id === currentId) : use.keys.some(({ here }) => here === 'first');
  if (use.keys.length > 0 && !seals) {
    throw new CliError(
      `No app seals with "${currentId}", the first key given here. Make it the first in every app's POSTHORN_SEALING_KEYS, ` +
        'with the former one behind it, and start them anew; then rotate. docs/operations/secrets.md has the steps.',
    );
  }
}

function sumsOf(places: readonly PlaceReport[]): { resealed: number; unreadable: number; left: number } {
  const sums = { resealed: 0, unreadable: 0, left: 0 };
  for (const place of places) {
    sums.resealed += place.resealed;
    sums.unreadable += place.unreadable;
    sums.left += place.left;
  }
  return sums;
}

/** What it means, and what to do. */
function wordsOf(outcome: Outcome, ring: KeyRing, dryRun: boolean): readonly string[] {
  const { places, remainingById, removable, stillSealing } = outcome;
  const { unreadable, left } = sumsOf(places);
  const lines: string[] = [];
  if (unreadable > 0) {
    const lacking = [...remainingById.keys()].filter((id) => id !== '' && !ring.keyById.has(id));
    const why =
      lacking.length > 0
        ? `Put ${listOf(lacking)} back into POSTHORN_SEALING_KEYS, behind the first, and run this again; if it is lost, docs/operations/secrets.md says what follows.`
        : 'They are damaged, or were moved: docs/operations/secrets.md says what follows.';
    const examples = places.flatMap((place) => place.examples).slice(0, 3);
    lines.push(`${unreadable} cannot be opened, like ${examples.join(', ')}. ${why}`);
  }
  if (left > 0) lines.push(`${left} changed all the time and are left: run this again.`);
  if (stillSealing.length > 0) {
    lines.push(
      `Apps that run (or ran within 3 minutes) still seal with ${listOf(stillSealing)}: make "${ring.currentId}" the first key in all of them, and run this again.`,
    );
  }
  const inUse = [...remainingById].filter(([id]) => id !== '').map(([id, count]) => `"${id}" (${count})`);
  lines.push(`Still in use besides "${ring.currentId}": ${inUse.length === 0 ? 'no key' : inUse.join(', ')}.`);
  if (removable.length > 0 && !dryRun) {
    lines.push(
      `May go from POSTHORN_SEALING_KEYS, once posthorn_spool_bytes is 0 at every ingress: ${listOf(removable)}. What was sealed with it in backups stays so.`,
    );
  }
  return lines;
}

function listOf(ids: readonly string[]): string {
  return ids.map((id) => `"${id}"`).join(', ');
}
