import { describe, expect, it } from '@jest/globals';
import { context, trace, TraceFlags, type Context } from '@opentelemetry/api';
import { createMemoryLog } from './create-log.ts';

describe('createLog', () => {
  it('writes time, level as a word, app, message and fields', () => {
    const { log, lines } = createMemoryLog('ingress');
    log.info({ messageId: 'm1' }, 'accepted');
    expect(lines()).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/u),
        app: 'ingress',
        messageId: 'm1',
        msg: 'accepted',
      },
    ]);
  });

  it('hides values under names of credentials, however deep, in fields and in child logs, and leaves the object alone', () => {
    const { log, lines } = createMemoryLog();
    const request = {
      headers: { Authorization: 'Bearer hunter2', 'x-api-key': 'hunter2', accept: '*' },
      list: [{ access_token: 'hunter2' }],
    };
    log.child({ token: 'hunter2' }).info({ request, password: 'hunter2', appSecret: 'hunter2', tokenVersion: 3 }, 'x');
    expect(JSON.stringify(lines())).not.toContain('hunter2');
    expect(lines()[0]).toMatchObject({
      token: '[hidden]',
      tokenVersion: 3,
      request: { headers: { Authorization: '[hidden]', accept: '*' } },
    });
    expect(request.headers.Authorization).toBe('Bearer hunter2');
  });

  it('keeps class, code, message and causes of an error, without queries or passwords of URLs', () => {
    const { log, lines } = createMemoryLog();
    const cause = Object.assign(new Error('GET https://graph.example/v1?access_token=hunter2 failed'), {
      code: 'ECONNRESET',
    });
    log.error({ err: new TypeError('redis://user:hunter2@host is away', { cause }) }, 'x');
    expect(JSON.stringify(lines())).not.toContain('hunter2');
    expect(lines()[0]).toMatchObject({
      err: { type: 'TypeError', cause: { code: 'ECONNRESET', message: 'GET https://graph.example/v1 failed' } },
    });
  });

  it('adds the ids of the active span', () => {
    const { log, lines } = createMemoryLog();
    const traceId = 'a'.repeat(32);
    let active: Context = trace.setSpanContext(context.active(), {
      traceId,
      spanId: 'b'.repeat(16),
      traceFlags: TraceFlags.SAMPLED,
    });
    context.setGlobalContextManager({
      active: () => active,
      with: (_context, fn, self, ...args) => fn.call(self, ...args),
      bind: (_context, target) => target,
      enable() {
        return this;
      },
      disable() {
        return this;
      },
    });
    log.info('in');
    context.disable();
    active = context.active();
    log.info('out');
    expect(lines()[0]).toMatchObject({ trace_id: traceId, span_id: 'b'.repeat(16) });
    expect(lines()[1]).not.toHaveProperty('trace_id');
  });
});
