import { describe, expect, it } from '@jest/globals';
import type { HttpReply, HttpRequest } from '@posthorn/runtime';
import type { Registration } from '../channel-operations.ts';
import { connected } from './connected.ts';
import type { ProviderCase } from './provider-case.ts';

const target = { url: 'https://posthorn.example.test/webhooks/x/ch-1', channelId: 'ch-1' };
const answered = (status: number, body: unknown): HttpReply => {
  const text = JSON.stringify(body);
  return { kind: 'answered', status, headers: {}, body, text, durationMs: 1 };
};
const silence: HttpReply = { kind: 'no_answer', reason: 'timeout', durationMs: 1 };
/** What nobody documents. */
const nonsense: readonly unknown[] = [null, 7, 'x', [], {}, { data: 1 }, { error: 'x' }, { results: [{}] }, [[1]]];
/** No talk needs that many calls. */
const callsMost = 500;

/** Verifying credentials, registering the webhook, and the secrets that are ours. */
export function describeOperations(subject: ProviderCase): void {
  const { provider, settings, token, credentials } = subject;
  const origins = [new URL(subject.baseUrl).origin, ...(subject.setUpOrigins ?? [])];
  const channel = () => connected(subject);

  describe('proving the credentials', () => {
    it('reads only, at the provider', () => {
      const request = channel().verify?.(token).request;
      if (request === undefined) {
        expect(channel().tokens).not.toBeNull();
        return;
      }
      expect(request.method).toBe('GET');
      expect(request.body).toBeUndefined();
      expect(origins).toContain(new URL(request.url).origin);
    });

    it('takes a refusal for one, and nothing else', () => {
      const call = channel().verify?.(token);
      for (const body of nonsense) {
        expect(call?.read(answered(401, body)).kind ?? 'refused').toBe('refused');
        for (const status of [200, 204, 302, 429, 500, 503]) {
          expect(call?.read(answered(status, body)).kind ?? 'unknown').toBe('unknown');
        }
      }
      expect(call?.read(silence).kind ?? 'unknown').toBe('unknown');
    });
  });

  describe('registering the webhook', () => {
    /** Gives every call the same answer. */
    const hold = (answer: (request: HttpRequest) => HttpReply) => {
      const requests: HttpRequest[] = [];
      const talk = channel().registerWebhook?.(target, token);
      let turn = talk?.next();
      while (turn?.done === false && requests.length < callsMost) {
        requests.push(turn.value);
        turn = talk?.next(answer(turn.value));
      }
      const result: Registration | undefined = turn?.done === true ? turn.value : undefined;
      return { requests, result };
    };

    it('ends whatever is answered, and never claims what was not said', () => {
      for (const body of nonsense) {
        for (const status of [200, 201, 401, 404, 429, 500]) {
          const { requests, result } = hold(() => answered(status, body));
          expect(requests.length).toBeLessThan(callsMost);
          expect(result).toBeDefined();
          if (status >= 400 && status !== 404) expect(['refused', 'unknown']).toContain(result?.kind);
        }
      }
      const { requests, result } = hold(() => silence);
      expect(requests).toHaveLength(1);
      expect(result?.kind).toBe('unknown');
    });

    it('calls nobody but the provider', () => {
      for (const status of [200, 404]) {
        for (const { url } of hold(() => answered(status, {})).requests) {
          expect(origins).toContain(new URL(url).origin);
        }
      }
    });

    it('tells people no credential', () => {
      for (const status of [200, 401, 500]) {
        const said = JSON.stringify(
          hold(({ body }) => answered(status, { message: typeof body === 'string' ? body : '' })).result,
        );
        for (const credential of credentials) expect(said).not.toContain(credential);
      }
    });
  });

  describe('secrets of ours', () => {
    const made = 'made-secret-0123456789abcdef';

    it('are left as they are where there are some', () => {
      expect(provider.ownSecrets(settings, () => made, { rotate: false })).toEqual({});
    });

    it('are never thrown by settings that are none', () => {
      for (const body of nonsense) {
        for (const rotate of [true, false]) expect(provider.ownSecrets(body, () => made, { rotate })).toBeDefined();
      }
    });
  });

  it('asks a person for what is required', () => {
    const asked = provider.questions.flatMap(({ path, with: more }) => [path, ...Object.keys(more ?? {})]);
    const own = Object.keys(provider.ownSecrets({}, () => 'x'.repeat(32), { rotate: false }));
    const given = new Set([...asked.map((path) => path.split('.')[0]), ...own]);
    // Of one secret and a list of them, the one is asked for.
    const isAsked = (setting: string) => given.has(setting) || given.has(setting.replace(/s$/u, ''));
    expect(subject.required.filter((setting) => !isAsked(setting))).toEqual([]);
  });
}
