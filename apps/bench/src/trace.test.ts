import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import type { Fleet } from './fleet.ts';
import { call, startFleet } from './fleet.ts';

const exported = z.object({
  resourceSpans: z.array(
    z.object({
      scopeSpans: z.array(
        z.object({
          spans: z.array(
            z.object({
              traceId: z.string(),
              spanId: z.string(),
              parentSpanId: z.string().optional(),
              name: z.string(),
            }),
          ),
        }),
      ),
    }),
  ),
});
type Span = z.infer<typeof exported>['resourceSpans'][number]['scopeSpans'][number]['spans'][number];

let collector: Server;
let spans: Span[];
let bodies: string[];
let fleet: Fleet | null = null;

beforeEach(async () => {
  spans = [];
  bodies = [];
  collector = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      bodies.push(body);
      for (const resource of exported.parse(JSON.parse(body)).resourceSpans)
        spans.push(...resource.scopeSpans.flatMap((scope) => scope.spans));
      response.end('{}');
    });
  });
  collector.listen(0, '127.0.0.1');
  await once(collector, 'listening');
});
afterEach(async () => {
  await fleet?.close();
  fleet = null;
  collector.close();
  collector.closeAllConnections();
});

describe('traces', () => {
  it('lead from the producer’s request through the queue to the provider call, in one trace, and name nobody', async () => {
    const address = collector.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    fleet = await startFleet({
      workers: 1,
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
        OTEL_TRACES_SAMPLER: 'always_on',
        OTEL_BSP_SCHEDULE_DELAY: '50',
      },
    });
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    await call(
      `${fleet.ingress.url}/v1/messages`,
      'POST',
      { channelId: fleet.channelId, to: '+15550009999', content: { type: 'text', body: 'a text nobody should trace' } },
      { authorization: `Bearer ${fleet.apiKey}`, traceparent: `00-${traceId}-00f067aa0ba902b7-01` },
    );
    const ours = (): Span[] => spans.filter((span) => span.traceId === traceId);
    // A span is told when it ends, so the outer ones come after the call to the provider.
    const chainNow = (): string[] => {
      const names: string[] = [];
      let span = ours().find(({ name }) => name.startsWith('whatsapp-cloud.'));
      while (span !== undefined) {
        names.unshift(span.name);
        const { parentSpanId } = span;
        span = ours().find(({ spanId }) => spanId === parentSpanId);
      }
      return names;
    };
    const giveUp = Date.now() + 120_000;
    while (chainNow().length < 3 && Date.now() < giveUp) await new Promise((resolve) => setTimeout(resolve, 20));
    const chain = chainNow();
    expect(chain).toHaveLength(3);
    expect(chain[0]).toMatch(/\/v1\/messages|accept|send/u);
    expect(chain[1]).toBe('process send.whatsapp-cloud');
    expect(bodies.join('')).not.toMatch(/15550009999|nobody should trace/u);
  });
});
