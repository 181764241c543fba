import { afterEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { trace } from '@opentelemetry/api';
import { createTelemetry } from './create-telemetry.ts';
import { createProblem } from './problem.ts';
import { contextFromTraceparent, currentTraceparent } from './trace-context.ts';
import { withSpan } from './with-span.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

describe('while tracing is off', () => {
  it('starts nothing, runs what it wraps, and names no parent', async () => {
    const telemetry = await createTelemetry({}, 'ingress');
    expect(telemetry.enabled).toBe(false);
    expect(await withSpan('accept', {}, async () => currentTraceparent())).toBeNull();
    await expect(withSpan('accept', {}, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await telemetry.close();
  });
});

describe('contextFromTraceparent', () => {
  it('reads what is well formed and starts anew otherwise', () => {
    const value = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    expect(trace.getSpanContext(contextFromTraceparent(value))).toMatchObject({
      traceId: 'a'.repeat(32),
      traceFlags: 1,
      isRemote: true,
    });
    for (const bad of [null, undefined, '', 'x', value.slice(1)])
      expect(trace.getSpanContext(contextFromTraceparent(bad))).toBeUndefined();
  });
});

describe('while tracing is on', () => {
  it('sends one trace under the parent that was carried, and leaves the error text out', async () => {
    const bodies: Buffer[] = [];
    const collector = createServer((request, response) => {
      request.on('data', (chunk: Buffer) => bodies.push(chunk)).on('end', () => response.end());
    });
    collector.listen(0, '127.0.0.1');
    await once(collector, 'listening');
    closers.push(async () => {
      const closed = once(collector, 'close');
      collector.close();
      await closed;
    });
    const address = collector.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const source = `
      import { contextFromTraceparent, createTelemetry, currentTraceparent, withSpan } from '${new URL('index.ts', import.meta.url).href}';
      const telemetry = await createTelemetry(process.env, 'ingress');
      const parent = contextFromTraceparent('00-${'a'.repeat(32)}-${'b'.repeat(16)}-01');
      await withSpan('deliver', { kind: 'consumer', parent }, async () => {
        console.log(currentTraceparent());
        await withSpan('send-call', { kind: 'client' }, () => Promise.reject(new Error('hunter2'))).catch(() => {});
      });
      let sampled = 0;
      for (let index = 0; index < 1000; index += 1) await withSpan('root', {}, async (span) => { sampled += span.isRecording() ? 1 : 0; });
      console.log(sampled);
      await telemetry.close();`;
    const env = { PATH: process.env['PATH'], OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` };
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', source], { env });
    let out = '';
    child.stdout.on('data', (chunk) => (out += String(chunk)));
    child.stderr.on('data', (chunk) => (out += String(chunk)));
    expect([(await once(child, 'exit'))[0], out]).toEqual([0, expect.any(String)]);
    const [traceparent = '', sampled = ''] = out.split('\n');
    expect(traceparent).toMatch(new RegExp(`^00-${'a'.repeat(32)}-(?!b{16})[0-9a-f]{16}-01$`, 'u'));
    expect(Number(sampled)).toBeGreaterThan(40);
    expect(Number(sampled)).toBeLessThan(200);
    const sent = Buffer.concat(bodies).toString('latin1');
    expect(sent).toContain('posthorn-ingress');
    expect(sent).toContain('send-call');
    expect(sent).not.toContain('hunter2');
  });
});

describe('createProblem', () => {
  it('points to the page of its code', () => {
    expect(createProblem({ code: 'unknown_channel', title: 'Unknown channel', status: 404 })).toEqual({
      type: '/problems/unknown_channel',
      code: 'unknown_channel',
      title: 'Unknown channel',
      status: 404,
    });
  });
});
