import { setTimeout as delay } from 'node:timers/promises';
import { createErasures, createErasureStore, readAddress, waits, type ErasureView } from '@posthorn/erasure';
import { tenantIdSchema } from '@posthorn/message';
import { ulid } from 'ulid';
import { byOf } from '../admin-access.ts';
import { CliError } from '../cli-error.ts';
import { withFleet } from '../fleet-access.ts';
import { json, type Terminal } from '../terminal.ts';

export interface EraseOptions {
  readonly tenant: string;
  readonly dryRun: boolean;
  readonly wait: boolean;
  readonly by?: string;
  readonly json: boolean;
}

const lookMs = 250;
const waitMostMs = 10 * 60_000;

/** `posthorn erase`: begins an erasure, which a scheduler executes, and says how it went. */
export async function erase(terminal: Terminal, given: string, options: EraseOptions): Promise<void> {
  const address = readAddress(given);
  if (address === null)
    throw new CliError(
      '<address>: expected a phone number with its country code, like +15550001111, or a user id like US.13491208655302741918.',
    );
  const tenantId = tenantIdSchema.safeParse(options.tenant);
  if (!tenantId.success) throw new CliError('--tenant: expected the id of a tenant: letters, digits and hyphens.');
  const { dryRun } = options;
  const ended = await withFleet(terminal, async ({ redis, sealer, audit }) => {
    const erasures = createErasures({ store: createErasureStore({ redis, sealer }), audit, newUlid: () => ulid() });
    let view = await erasures.begin({ tenantId: tenantId.data, address, dryRun, by: byOf(options) });
    if (!options.wait) return view;
    const giveUpAt = performance.now() + waitMostMs;
    let told = '';
    while (view.endedAt === null && performance.now() < giveUpAt) {
      await delay(lookMs);
      view = (await erasures.get(tenantId.data, view.id)) ?? view;
      const waitsFor = waitsOf(view);
      if (waitsFor !== told && waitsFor !== '') terminal.err(`It waits for ${waitsFor}.`);
      told = waitsFor;
    }
    return view;
  });
  if (options.json) json(terminal, ended);
  else for (const line of linesOf(ended)) terminal.out(line);
}

function linesOf({ id, dryRun, endedAt, counts }: ErasureView): readonly string[] {
  const rows = Object.entries(counts).filter(([, count]) => count > 0);
  const found = rows.map(([place, count]) => `  ${place} ${count}`);
  if (endedAt === null) return [`${id}: goes on by itself; GET /v1/erasures/${id} tells how far it is.`, ...found];
  if (found.length === 0) return [`${id}: nothing of that person was there.`];
  return [dryRun ? `${id}: nothing is erased; this would be:` : `${id}: erased.`, ...found];
}

function waitsOf({ waitsFor }: ErasureView): string {
  return waits
    .filter((wait) => waitsFor[wait] > 0)
    .map((wait) => `${wait} ${waitsFor[wait]}`)
    .join(', ');
}
