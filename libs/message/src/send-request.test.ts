import { describe, expect, it } from '@jest/globals';
import { sendRequestSchema } from './send-request.ts';

const request = { channelId: 'demo', to: '+15550001111', content: { type: 'text', body: 'hi' } };
const pointersOf = (more: object) =>
  sendRequestSchema.safeParse({ ...request, ...more }).error?.issues.map(({ path }) => `/${path.join('/')}`) ?? [];

describe('send request', () => {
  it('has the normal lane and keeps its order, unless it says otherwise', () => {
    expect(sendRequestSchema.parse(request)).toEqual({ ...request, priority: 'normal', order: 'conversation' });
  });

  it.each([
    [{ replyTo: 'x'.repeat(512) }],
    [{ callbackData: '' }],
    [{ callbackData: 'x'.repeat(1_000) }],
    [{ sendAt: '2026-11-21T10:00:00Z' }],
    [{ sendAt: '2026-11-21T10:00:00.123+05:30' }],
    [{ ttlSeconds: 1 }],
    [{ ttlSeconds: 2_592_000 }],
    [{ priority: 'high', order: 'none' }],
  ])('passes with %j', (more) => {
    expect(pointersOf(more)).toEqual([]);
  });

  it.each([
    [{ channelId: 'a_b' }, ['/channelId']],
    [{ to: '15550001111' }, ['/to']],
    [{ content: undefined }, ['/content']],
    [{ replyTo: '' }, ['/replyTo']],
    [{ replyTo: 'x'.repeat(513) }, ['/replyTo']],
    [{ callbackData: 'x'.repeat(1_001) }, ['/callbackData']],
    [{ sendAt: '2026-11-21T10:00:00' }, ['/sendAt']],
    [{ sendAt: 'tomorrow' }, ['/sendAt']],
    [{ expiresAt: '2026-13-21T10:00:00Z' }, ['/expiresAt']],
    [{ ttlSeconds: 0 }, ['/ttlSeconds']],
    [{ ttlSeconds: 2_592_001 }, ['/ttlSeconds']],
    [{ ttlSeconds: 1.5 }, ['/ttlSeconds']],
    [{ priority: 'urgent' }, ['/priority']],
    [{ order: 'strict' }, ['/order']],
    [{ ttlSeconds: 60, expiresAt: '2026-11-21T10:00:00Z' }, ['/ttlSeconds']],
    [{ tenant: 'other' }, ['/']],
    [{ to: 'x', priority: 'y' }, ['/to', '/priority']],
  ])('is refused with %j', (more, pointers) => {
    expect(pointersOf(more)).toEqual(pointers);
  });
});
