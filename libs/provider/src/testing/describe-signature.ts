import { describe, expect, it } from '@jest/globals';
import { connected } from './connected.ts';
import type { ProviderCase } from './provider-case.ts';

export function describeSignature(subject: ProviderCase): void {
  const { sign, signingSecrets, webhook, provenBy = 'headers' } = subject;
  const [current, former] = signingSecrets;
  const body = webhook.body([webhook.message('in-1')]);
  const verifies = (proof: Readonly<Record<string, string>>, given: Uint8Array = body) =>
    connected(subject).verifies({
      url: subject.webhookUrl,
      body: given,
      headers: provenBy === 'headers' ? proof : {},
      query: provenBy === 'query' ? proof : {},
    });
  const mapped = (change: (value: string) => string) =>
    Object.fromEntries(Object.entries(sign(body, current)).map(([name, value]) => [name, change(value)]));

  describe('signature', () => {
    it('accepts what was signed with the current secret', () => {
      expect(verifies(sign(body, current))).toBe(true);
    });

    it('accepts the former secret while it is being rotated', () => {
      expect(verifies(sign(body, former))).toBe(true);
    });

    // A key in the address proves the caller, not the body.
    if (provenBy === 'headers') {
      it('verifies the bytes, not their meaning', () => {
        const bytes = new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x00, 0xc3, 0x28, 0x22, 0x7d]);
        expect(verifies(sign(bytes, current), bytes)).toBe(true);
        const spaced = Buffer.concat([body, Buffer.from(' ')]);
        expect(verifies(sign(body, current), spaced)).toBe(false);
      });

      it('refuses an altered body', () => {
        for (const at of [0, Math.floor(body.length / 2), body.length - 1]) {
          const altered = Uint8Array.from(body, (byte, index) => (index === at ? byte ^ 1 : byte));
          expect(verifies(sign(body, current), altered)).toBe(false);
        }
      });

      it('finds its headers in any case', () => {
        const upper = Object.entries(sign(body, current)).map(([name, value]) => [name.toUpperCase(), value] as const);
        expect(verifies(Object.fromEntries(upper))).toBe(true);
      });
    }

    it('refuses another secret, an empty one, and one that only starts the same', () => {
      for (const secret of ['other', `${current}x`, current.slice(0, -1)]) {
        expect(verifies(sign(body, secret))).toBe(false);
      }
      expect(verifies(sign(body, ''))).toBe(false);
    });

    it('refuses a call without a signature', () => {
      expect(verifies({})).toBe(false);
      expect(verifies(mapped(() => ''))).toBe(false);
    });

    it('refuses a truncated or lengthened signature', () => {
      for (const change of [-1, -8, -40]) expect(verifies(mapped((value) => value.slice(0, change)))).toBe(false);
      expect(verifies(mapped((value) => `${value}0`))).toBe(false);
      expect(verifies(mapped((value) => `${value}, ${value}`))).toBe(false);
    });

    it('refuses a signature that is altered in its last character', () => {
      expect(verifies(mapped((value) => `${value.slice(0, -1)}${value.endsWith('0') ? '1' : '0'}`))).toBe(false);
    });
  });
}
