import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { z } from 'zod';
import { problemGuide } from './problem-pages/problem-guide.ts';
import { startTestIngress, type TestIngress } from './testing/start-test-ingress.ts';

let ingress: TestIngress;
beforeAll(async () => {
  ingress = await startTestIngress();
});
afterAll(() => ingress.close());

const documentSchema = z.looseObject({
  openapi: z.string(),
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({
        operationId: z.string(),
        summary: z.string(),
        responses: z.record(
          z.string(),
          z.object({
            description: z.string(),
            content: z.record(z.string(), z.looseObject({})).optional(),
          }),
        ),
      }),
    ),
  ),
});

async function read() {
  const { body } = await ingress.call('GET', '/openapi.json');
  return documentSchema.parse(body);
}

describe('the API description', () => {
  it('is valid OpenAPI 3.1', async () => {
    const document = await read();
    expect(document.openapi).toMatch(/^3\.1\./u);
    const result = await new Validator().validate(document);
    expect(result).toMatchObject({ valid: true });
  });

  it('has every route, and no other', async () => {
    const { paths } = await read();
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(operations.toSorted()).toEqual([
      'delete /v1/channels/{id}',
      'delete /v1/channels/{id}/recipients/{address}/opt-out',
      'delete /v1/media/{id}',
      'delete /v1/messages/{id}',
      'delete /v1/opt-out-words',
      'delete /v1/recipients/{address}',
      'delete /v1/subscriptions/{id}',
      'get /media/{token}',
      'get /v1/channels',
      'get /v1/channels/{id}',
      'get /v1/channels/{id}/events',
      'get /v1/channels/{id}/history',
      'get /v1/channels/{id}/media/{mediaId}',
      'get /v1/channels/{id}/recipients/{address}',
      'get /v1/erasures',
      'get /v1/erasures/{id}',
      'get /v1/events',
      'get /v1/events/schema',
      'get /v1/inbound/{id}',
      'get /v1/inbound/{id}/media',
      'get /v1/media/{id}',
      'get /v1/media/{id}/content',
      'get /v1/messages',
      'get /v1/messages/{id}',
      'get /v1/messages/{id}/raw',
      'get /v1/onboardings/{id}',
      'get /v1/opt-out-words',
      'get /v1/subscriptions',
      'get /v1/subscriptions/{id}',
      'get /v1/subscriptions/{id}/dead-letters',
      'get /v1/subscriptions/{id}/deliveries',
      'get /v1/tenant',
      'get /v1/version',
      'get /webhooks/{provider}/{channelId}',
      'patch /v1/channels/{id}',
      'patch /v1/subscriptions/{id}',
      'patch /v1/tenant',
      'post /v1/channels',
      'post /v1/channels/{id}/connect',
      'post /v1/channels/{id}/pause',
      'post /v1/channels/{id}/resume',
      'post /v1/channels/{id}/verify',
      'post /v1/inbound/{id}/read',
      'post /v1/media',
      'post /v1/media-deliveries',
      'post /v1/messages',
      'post /v1/messages/batch',
      'post /v1/onboardings',
      'post /v1/onboardings/{id}/retry',
      'post /v1/subscriptions',
      'post /v1/subscriptions/{id}/dead-letters/replay',
      'post /v1/subscriptions/{id}/pause',
      'post /v1/subscriptions/{id}/replay',
      'post /v1/subscriptions/{id}/resume',
      'post /v1/subscriptions/{id}/rotate-secret',
      'post /v1/subscriptions/{id}/test',
      'post /webhooks/{provider}/{channelId}',
      'put /v1/channels/{id}',
      'put /v1/channels/{id}/recipients/{address}/opt-out',
      'put /v1/opt-out-words',
    ]);
  });

  it('tells of each route what it may answer, problems included', async () => {
    const { paths } = await read();
    for (const [path, methods] of Object.entries(paths)) {
      for (const [method, { responses }] of Object.entries(methods)) {
        const where = `${method} ${path}`;
        expect({ where, statuses: Object.keys(responses) }).toMatchObject({
          statuses: expect.arrayContaining(['500', '503']),
        });
        if (path.startsWith('/v1/')) expect({ where, has401: '401' in responses }).toEqual({ where, has401: true });
        for (const [status, { content = {} }] of Object.entries(responses)) {
          if (Number(status) >= 400)
            expect({ where, status, types: Object.keys(content) }).toEqual({
              where,
              status,
              types: ['application/problem+json'],
            });
        }
      }
    }
  });

  it('shows examples that are accepted as they stand', async () => {
    const { body } = await ingress.call('GET', '/openapi.json');
    const { examples } = z
      .object({
        components: z.object({
          schemas: z.object({
            SendRequestInput: z.object({ examples: z.array(z.record(z.string(), z.unknown())).min(1) }),
          }),
        }),
      })
      .parse(body).components.schemas.SendRequestInput;
    for (const example of examples) {
      const answer = await ingress.call('POST', '/v1/messages', { ...example, channelId: ingress.ours });
      expect({ status: answer.status, text: answer.text }).toMatchObject({ status: 202 });
    }
  });
});

describe('the page that shows it', () => {
  it('takes nothing from other hosts, and may not', async () => {
    const page = await ingress.call('GET', '/docs/');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'");
    expect(page.text).not.toMatch(/(?:src|href)="(?:https?:)?\/\//u);
    const script = await ingress.call('GET', '/docs/static/swagger-initializer.js');
    expect(script.text).toContain('"validatorUrl":null');
  });
});

describe('the pages of problems', () => {
  it('are there for every code that the API answers with, and for no other', async () => {
    const root = join(import.meta.dirname, '../../..');
    const sources = globSync(['apps/ingress/src/**/*.ts', 'libs/submission/src/**/*.ts'], { cwd: root });
    const codes = sources
      .filter((file) => !file.endsWith('.test.ts'))
      .flatMap((file) => [...readFileSync(join(root, file), 'utf8').matchAll(/createProblem\(\{\s*code: '(\w+)'/gu)])
      .map(([, code]) => code ?? '');
    expect(codes.length).toBeGreaterThan(40);
    expect(Object.keys(problemGuide).toSorted()).toEqual([...new Set(codes)].toSorted());
  });

  it('are where the type of a problem leads from the address that was called', async () => {
    const refused = await ingress.call('POST', '/v1/messages', '{"channelId": +4915550001111}', {
      'content-type': 'application/json',
    });
    expect(refused.body).toMatchObject({ code: 'invalid_json', type: '/problems/invalid_json' });
    expect(refused.text).toContain('It breaks at line 1, column 15: expected a value.');
    expect(refused.text).not.toContain('15550001111');
    const { type } = z.object({ type: z.string() }).parse(refused.body);
    const page = await fetch(new URL(type, `${ingress.url}/v1/messages`));
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await page.text()).toContain('<h1>invalid_json</h1>');
  });

  it('are listed, and are not there for what is no code', async () => {
    const list = await ingress.call('GET', '/problems', undefined, { authorization: '' });
    expect(list.text.match(/href="[/]problems[/]\w+"/gu)).toHaveLength(Object.keys(problemGuide).length);
    expect((await ingress.call('GET', '/problems/constructor')).body).toMatchObject({ code: 'not_found' });
  });
});
