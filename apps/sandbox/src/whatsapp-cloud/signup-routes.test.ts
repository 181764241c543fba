import { afterEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { account, appSecret, errorOf, phoneNumberId, startHook, startSandbox, token } from '../testing/start.ts';

type Sandbox = Awaited<ReturnType<typeof startSandbox>>;
let sandbox: Sandbox;
afterEach(() => sandbox.close());
const codeOf = (body: unknown): number => errorOf.parse(body).error.code;
const exchange = async (code: string, more: Record<string, string> = {}) => {
  const query = new URLSearchParams({ client_id: '77', client_secret: appSecret, code, ...more });
  return await sandbox.call('GET', `/v25.0/oauth/access_token?${query.toString()}`);
};
const signup = async (): Promise<string> => {
  const { body } = await sandbox.call('POST', `/_sandbox/whatsapp-cloud/accounts/${phoneNumberId}/signup`);
  return z.object({ code: z.string() }).parse(body).code;
};

describe('whatsapp-cloud: after embedded signup', () => {
  it('a code becomes the token, once', async () => {
    sandbox = await startSandbox();
    const code = await signup();
    expect((await exchange(code, { client_secret: 'wrong' })).status).toBe(400);
    expect((await exchange(code)).body).toMatchObject({ access_token: token, token_type: 'bearer' });
    expect(errorOf.parse((await exchange(code)).body).error).toMatchObject({ code: 100, error_subcode: 36_009 });
  });

  it('a code ends after 30 s', async () => {
    let nowMs = 1_764_000_000_000;
    sandbox = await startSandbox({ clock: { now: () => nowMs } });
    const code = await signup();
    nowMs += 30_001;
    expect(errorOf.parse((await exchange(code)).body).error).toMatchObject({ error_subcode: 36_007 });
  });

  it('an app is subscribed once its callback answered the handshake', async () => {
    sandbox = await startSandbox();
    const hook = await startHook(({ url }) => {
      const query = new URL(url, 'http://hook').searchParams;
      const isOurs = query.get('hub.verify_token') === 'verify-me';
      return isOurs ? { status: 200, body: query.get('hub.challenge') ?? '' } : { status: 403 };
    });
    const subscribe = async (verify_token: string) =>
      await sandbox.asMeta('POST', `/v25.0/102290129340398/subscribed_apps`, {
        override_callback_uri: hook.url,
        verify_token,
      });
    expect(codeOf((await subscribe('other')).body)).toBe(2200);
    expect((await subscribe('verify-me')).body).toEqual({ success: true });
    expect(sandbox.control.whatsappCloud.accounts()[0]?.webhook).toEqual({ url: hook.url, verifyToken: 'verify-me' });
    expect((await sandbox.asMeta('POST', '/v25.0/999/subscribed_apps')).status).toBe(400);
    await hook.close();
  });

  it('a number sends once it is registered, with its own PIN', async () => {
    sandbox = await startSandbox({ accounts: [account({ registered: false, pin: '123456' })] });
    const register = async (pin: string) =>
      await sandbox.asMeta('POST', `/v25.0/${phoneNumberId}/register`, { messaging_product: 'whatsapp', pin });
    expect(codeOf((await sandbox.send()).body)).toBe(133_010);
    expect(codeOf((await register('654321')).body)).toBe(133_005);
    expect((await register('123456')).body).toEqual({ success: true });
    expect((await sandbox.send()).status).toBe(200);
  });
});
