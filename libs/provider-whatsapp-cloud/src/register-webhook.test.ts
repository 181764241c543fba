import { describe, expect, it } from '@jest/globals';
import type { HttpReply, HttpRequest } from '@posthorn/runtime';
import { channelWith } from './fixtures/connected-channel.ts';

const url = 'https://hooks.example.com/webhooks/whatsapp-cloud/a';
const ok = (body: unknown): HttpReply => {
  return { kind: 'answered', status: 200, headers: {}, body, text: '', durationMs: 1 };
};

/** Holds the talk; `override`: what the account has set, `number`: what the number has. */
function connect(
  settings: Readonly<Record<string, unknown>>,
  { override, number }: { readonly override?: string; readonly number?: string } = {},
) {
  const asked: string[] = [];
  const answer = ({ method, url: called, body }: HttpRequest): HttpReply => {
    const path = new URL(called).pathname.split('/').slice(3).join('/');
    asked.push(
      `${method} ${path} ${typeof body === 'string' ? body.replace(/,?"appsecret_proof":"\w+"/u, '') : ''}`.trim(),
    );
    if (method === 'POST') return ok({ success: true });
    if (path === 'subscribed_apps') return ok({ data: [{ override_callback_uri: override }] });
    return ok({ webhook_configuration: { phone_number: number } });
  };
  const talk = channelWith(settings).registerWebhook?.({ url, channelId: 'a' }, null);
  let turn = talk?.next();
  while (turn?.done === false) turn = talk?.next(answer(turn.value));
  return { asked, result: turn?.value };
}

describe('registering the webhook at Meta', () => {
  it('sets the number’s own address, and keeps the account’s', () => {
    const set = JSON.stringify({
      webhook_configuration: { override_callback_uri: url, verify_token: 'verify-me-0001' },
    });
    const alone = connect({});
    expect(alone.asked).toEqual(['GET subscribed_apps', 'POST subscribed_apps {}', `POST  ${set}`, 'GET']);
    const beside = connect({ callback: 'number' }, { override: 'https://other.example.com' });
    expect(beside.asked.some((call) => call.startsWith('POST subscribed_apps'))).toBe(false);
    expect(beside.result).toMatchObject({ kind: 'registered', facts: { webhook: url, level: 'number' } });
  });

  it('sets the account’s address, and removes one of the number that would win', () => {
    const { asked } = connect({ callback: 'waba' }, { number: 'https://old.example.com' });
    expect(asked[0]).toContain(`"override_callback_uri":"${url}"`);
    expect(asked.at(-1)).toContain('"override_callback_uri":""');
    expect(connect({ callback: 'waba' }, { number: url }).asked).toHaveLength(2);
  });

  it('needs the id of the app for the app’s address', () => {
    expect(connect({ callback: 'app' }).result).toMatchObject({ kind: 'unset', pointer: '/appId' });
    const { asked } = connect({ callback: 'app', appId: '77' });
    expect(asked[0]).toContain(`"callback_url":"${url}"`);
  });
});
