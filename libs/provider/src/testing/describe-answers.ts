import { describe, expect, it } from '@jest/globals';
import { channelIdSchema, contentSchema, externalIdSchema, recipientSchema, toMessageId } from '@posthorn/message';
import type { HttpReply } from '@posthorn/runtime';
import * as fc from 'fast-check';
import { connected } from './connected.ts';
import type { ProviderCase } from './provider-case.ts';

/** Words that documented answers are made of: random JSON alone would hardly ever pass the first look of a reader. */
const names = [
  'messages',
  'results',
  'status',
  'error',
  'code',
  'id',
  'url',
  'sha256',
  'mime_type',
  'success',
  'access_token',
  'token',
  'expires_in',
  'sid',
  'webhooks',
];
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    fc.jsonValue(),
    fc.constantFrom('', 'x', -1, 0, 1, 1e308, true, null),
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...names), tie('tree'), { maxKeys: 4 }),
  ),
}));
const answer = fc.record({ status: fc.integer({ min: 200, max: 599 }), body: tree });
const headers = fc.dictionary(fc.constantFrom('retry-after', 'date', 'www-authenticate', 'location'), fc.string());

/** Every reader of an answer besides that of a send: none may throw, whatever comes. */
export function describeAnswers(subject: ProviderCase): void {
  const { token, provider } = subject;

  describe('answers to other calls', () => {
    const channel = connected(subject);
    const externalId = externalIdSchema.parse('wamid.IN1');
    const to = recipientSchema.parse('+15550001111');
    const content = contentSchema.parse({ type: 'text', body: 'hi' });
    const id = toMessageId(channelIdSchema.parse('contract'), '01JD8T0Z5R4YV3W2X1Q0P9N8M7');
    const message = { id, to, content, replyTo: null, reactionTo: null };
    const target = { externalId, from: to };
    const file = { contentType: 'image/png', name: null, bytes: new Uint8Array(1) };
    const calls: Readonly<Record<string, ((reply: HttpReply) => { readonly kind: string }) | undefined>> = {
      token: channel.tokens?.toToken,
      'proof of credentials': channel.verify?.(token).read,
      'read receipt': channel.receipts?.read?.(target, token).read,
      typing: channel.receipts?.typing?.(target, token).read,
      'look-up of a lost message': channel.lookUp?.({ message, calledAtMs: 1_764_000_000_000 }, token)?.read,
      'look-up of a file': channel.media?.lookUp?.({ id: 'x' }, token).read,
      upload: channel.media?.upload?.toCall(file, token).read,
    };
    const readers = Object.entries(calls).flatMap(([name, read]) => (read === undefined ? [] : [{ name, read }]));

    it.each(readers)('$name: means something, whatever comes', ({ read }) => {
      expect(read({ kind: 'no_answer', reason: 'timeout', durationMs: 1 }).kind).toMatch(/^[a-z_]+$/u);
      fc.assert(
        fc.property(answer, headers, ({ status, body }, told) => {
          const reply: HttpReply = {
            kind: 'answered',
            status,
            headers: told,
            body,
            text: JSON.stringify(body),
            durationMs: 1,
          };
          expect(read(reply).kind).toMatch(/^[a-z_]+$/u);
        }),
        { numRuns: 300 },
      );
    });

    it(`is asked of ${provider.title} for one thing at least`, () => {
      expect(readers).not.toEqual([]);
    });
  });
}
