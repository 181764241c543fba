import { describe, expect, it } from '@jest/globals';
import { channelIdSchema, contentSchema, externalIdSchema, recipientSchema, toMessageId } from '@posthorn/message';
import type { Content } from '@posthorn/message';
import type { OutgoingMessage } from '../provider.ts';
import { connected } from './connected.ts';
import { plainContentByType, type ProviderCase } from './provider-case.ts';

const messageId = toMessageId(channelIdSchema.parse('contract'), '01JD8T0Z5R4YV3W2X1Q0P9N8M7');

function outgoing(content: Content): OutgoingMessage {
  return {
    id: messageId,
    to: recipientSchema.parse('+15550001111'),
    content,
    replyTo: externalIdSchema.parse('earlier-1'),
    reactionTo: content.type === 'reaction' ? externalIdSchema.parse('earlier-2') : null,
  };
}

export function describeContent(subject: ProviderCase): void {
  const { provider, settings, samples, edges, baseUrl, isAuthorised, credentials } = subject;
  const check = (content: Content) => provider.check(content, settings);

  describe('content', () => {
    it('has a sample of every type that the provider claims', () => {
      const sampled = new Set(samples.map(({ content }) => content.type));
      expect([...sampled].toSorted()).toEqual([...provider.capabilities.content].toSorted());
    });

    it.each(samples)('$name: passes the check and becomes a request', ({ content }) => {
      expect(contentSchema.parse(content)).toEqual(content);
      expect(check(content)).toEqual([]);
      const request = connected(subject).toRequest(outgoing(content), subject.token);
      expect(request.url.startsWith(baseUrl)).toBe(true);
      expect(request.operation.startsWith(`${provider.id}.`)).toBe(true);
      expect(isAuthorised(request)).toBe(true);
      for (const credential of credentials) {
        expect(request.url).not.toContain(credential);
        expect(request.url).not.toContain(encodeURIComponent(credential));
      }
    });

    it.each(samples)('$name: becomes the same request each time', ({ content }) => {
      const channel = connected(subject);
      expect(channel.toRequest(outgoing(content), subject.token)).toEqual(
        channel.toRequest(outgoing(content), subject.token),
      );
    });

    const others = Object.values(plainContentByType).filter(({ type }) => !provider.capabilities.content.has(type));
    for (const content of others) {
      it(`${content.type}: is refused, because the provider cannot do it`, () => {
        expect(check(content).map(({ pointer }) => pointer)).toContain('/type');
      });
    }

    it.each(edges)('$name: $max pass, one more is a fault', ({ pointer, max, of }) => {
      for (const character of ['x', '😀']) {
        expect(check(of(max, character))).toEqual([]);
        const faults = check(of(max + 1, character));
        expect(faults.map((fault) => fault.pointer)).toEqual([pointer]);
        for (const { detail } of faults) {
          expect(detail).toContain(String(max));
          expect(detail).toContain(String(max + 1));
        }
      }
    });
  });
}
