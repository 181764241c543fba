import { describe, expect, it } from '@jest/globals';
import { inboundMessageSchema } from '@posthorn/message';
import * as fc from 'fast-check';
import type { WebhookUpdate } from '../webhook.ts';
import { connected } from './connected.ts';
import type { ProviderCase } from './provider-case.ts';

const nowMs = 1_764_000_000_000;
const kinds: ReadonlySet<string> = new Set(['message', 'status', 'news', 'unrecognised']);
const storedSchema = inboundMessageSchema.omit({ id: true, channelId: true, receivedAt: true });

export function describeWebhooks(subject: ProviderCase): void {
  const { provider, webhook } = subject;
  const parse = (body: Uint8Array) => provider.parse({ url: subject.webhookUrl, body, headers: {}, query: {} }, nowMs);
  /** What these entries say: in one call, or where a call tells only one thing, in one call each. */
  const tell = (entries: readonly unknown[]) =>
    webhook.perCall === 'one' ? entries.flatMap((entry) => parse(webhook.body([entry]))) : parse(webhook.body(entries));

  describe('webhooks', () => {
    it('tells a message and a status, addressed to the channel', () => {
      const updates = tell([webhook.message('in-1'), webhook.status('out-1')]);
      expect(updates.map(({ kind }) => kind)).toEqual(['message', 'status']);
      expect(ids(updates)).toEqual(['in-1', 'out-1']);
      const { addresses } = connected(subject);
      // What names nobody is for the channel that was called.
      for (const { address } of updates) expect([...addresses, null]).toContain(address);
      expect(faultsOf(updates)).toEqual([]);
    });

    it('does not lose the others to a bad entry', () => {
      for (const bad of [null, 7, 'x', [], {}, [[]], { id: {} }]) {
        const updates = tell([webhook.message('in-1'), bad, webhook.status('out-1'), webhook.message('in-2')]);
        expect(ids(updates)).toEqual(['in-1', 'out-1', 'in-2']);
        expect(updates.length).toBeGreaterThanOrEqual(4);
        expect(updates.some(({ kind }) => kind === 'unrecognised')).toBe(true);
      }
    });

    it('tells the same twice where it comes twice', () => {
      const [first, second, ...more] = tell([webhook.status('out-1'), webhook.status('out-1')]);
      expect(second).toEqual(first);
      expect(more).toEqual([]);
    });

    it('keeps a kind that it does not know', () => {
      const updates = tell([webhook.unknown('marker-1')]);
      expect(updates).toHaveLength(1);
      expect(JSON.stringify(updates)).toContain('marker-1');
    });

    it('reads a batch of 1,000 quickly', () => {
      const entries = Array.from({ length: 1_000 }, (_, index) => webhook.status(`out-${index}`));
      const startedAt = performance.now();
      expect(ids(tell(entries))).toHaveLength(1_000);
      // Some milliseconds as a rule; the bound only catches what grows faster than the batch.
      expect(performance.now() - startedAt).toBeLessThan(2_000);
    });

    it.each([
      ['an empty body', ''],
      ['no JSON', 'hello'],
      ['a cut body', '{"entry":[{"id":"1","changes":['],
      ['null', 'null'],
      ['a number', '7'],
      ['lists in lists', `${'['.repeat(200_000)}${']'.repeat(200_000)}`],
      ['objects in objects', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
    ])('keeps what it cannot read: %s', (_, text) => {
      const updates = parse(Buffer.from(text));
      expect(updates.map(({ kind }) => kind)).toEqual(['unrecognised']);
      expect(faultsOf(updates)).toEqual([]);
    });

    it('never throws over bytes of any kind', () => {
      fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (body) => expect(faultsOf(parse(body))).toEqual([])));
    });

    it('never throws over JSON of any kind, and never tells less than came', () => {
      fc.assert(
        fc.property(fc.array(fc.jsonValue(), { maxLength: 5 }), (entries) => {
          const updates = tell(entries);
          expect(faultsOf(updates)).toEqual([]);
          expect(updates.length).toBeGreaterThanOrEqual(entries.length);
        }),
      );
    });

    it('never throws over a good entry with any part of it replaced', () => {
      fc.assert(
        fc.property(fc.boolean(), fc.nat(200), fc.jsonValue(), (isMessage, at, value) => {
          const entry = isMessage ? webhook.message('in-1') : webhook.status('out-1');
          const updates = tell([replacedAt(entry, at, value), webhook.message('in-2')]);
          expect(faultsOf(updates)).toEqual([]);
          expect(updates.length).toBeGreaterThanOrEqual(2);
          expect(ids(updates)).toContain('in-2');
        }),
        { numRuns: 500 },
      );
    });
  });
}

/** The ids of messages and statuses, in their order. */
function ids(updates: readonly WebhookUpdate[]): string[] {
  return updates.flatMap((update) => {
    if (update.kind === 'message') return [update.message.externalId];
    return update.kind === 'status' ? [update.externalId] : [];
  });
}

/** What is stored and queued is JSON: nothing of an update may be lost or refused there. */
function faultsOf(updates: readonly WebhookUpdate[]): string[] {
  return updates.flatMap((update) => {
    if (!kinds.has(update.kind)) return ['a kind that is not known'];
    if (!isJson(update)) return ['not JSON'];
    if (update.kind === 'message') return storedSchema.safeParse(update.message).error?.issues.map(String) ?? [];
    if (update.kind === 'status') return Number.isSafeInteger(update.atMs) ? [] : ['a time that is no integer'];
    return update.kind === 'unrecognised' && update.why === '' ? ['no reason'] : [];
  });
}

function isJson(value: unknown): boolean {
  try {
    return typeof JSON.stringify(value) === 'string';
  } catch {
    return false;
  }
}

/** A copy with the `at`th part (counted depth first, around again past the last) replaced. */
function replacedAt(root: unknown, at: number, by: unknown): unknown {
  const paths: string[] = [];
  const visit = (value: unknown, path: string): void => {
    paths.push(path);
    if (typeof value !== 'object' || value === null) return;
    for (const [name, part] of Object.entries(value)) visit(part, `${path}/${name}`);
  };
  visit(root, '');
  const chosen = paths[at % paths.length];
  const copy = (value: unknown, path: string): unknown => {
    if (path === chosen) return by;
    if (typeof value !== 'object' || value === null) return value;
    const parts = Object.entries(value).map(([name, part]) => [name, copy(part, `${path}/${name}`)] as const);
    return Array.isArray(value) ? parts.map(([, part]) => part) : Object.fromEntries(parts);
  };
  return copy(root, '');
}
