import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sendRows } from '../fixtures/send-rows.ts';
import { account, errorOf, sentOf, startSandbox } from '../testing/start.ts';

describe('whatsapp-cloud: what a message may look like', () => {
  let sandbox: Awaited<ReturnType<typeof startSandbox>>;
  beforeAll(async () => {
    sandbox = await startSandbox({ accounts: [account({ pacePerSecond: null })] });
  });
  afterAll(() => sandbox.close());

  const taken = sendRows.filter(({ code }) => code === null);
  const refused = sendRows.filter(({ code }) => code !== null);

  it.each(taken)('takes: $name', async ({ body }) => {
    const reply = await sandbox.send(body);
    expect({ status: reply.status, refusal: reply.status === 200 ? null : reply.text }).toEqual({
      status: 200,
      refusal: null,
    });
    expect(sentOf.parse(reply.body).messages).toHaveLength(1);
  });

  it.each(refused)('refuses with $code: $name', async ({ body, code }) => {
    const reply = await sandbox.send(body);
    const { error } = errorOf.parse(reply.body);
    expect({ status: reply.status, code: error.code, details: error.error_data?.details }).toMatchObject({
      status: 400,
      code,
    });
  });

  it('names the parameter that is at fault', async () => {
    const reply = await sandbox.send({
      type: 'interactive',
      interactive: {
        type: 'button',
        body: { text: 'a' },
        action: { buttons: [{ type: 'reply', reply: { id: 'a' } }] },
      },
      text: undefined,
    });
    const { error } = errorOf.parse(reply.body);
    expect(error).toMatchObject({
      code: 131008,
      message: '(#131008) Required parameter is missing',
      type: 'OAuthException',
    });
    expect(error.error_data?.details).toContain("interactive['action']['buttons'][0]['reply']['title']");
  });
});
