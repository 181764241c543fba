import { describe, expect, it } from '@jest/globals';
import { readConfig } from '@posthorn/runtime';
import { sandboxConfigSchema } from './config.ts';
import { account } from './testing/start.ts';

describe('the configuration', () => {
  it('has defaults for everything', () => {
    expect(readConfig(sandboxConfigSchema, {})).toEqual({
      POSTHORN_SANDBOX_HOST: '127.0.0.1',
      POSTHORN_SANDBOX_PORT: 8090,
      POSTHORN_SANDBOX_SEED: { whatsappCloud: [], twilio: [], kernel: [], infobip: [] },
    });
  });

  it('takes accounts and times from a seed', () => {
    const seed = JSON.stringify({ whatsappCloud: [account()], timing: { sentMs: 3 } });
    const { POSTHORN_SANDBOX_SEED: read } = readConfig(sandboxConfigSchema, { POSTHORN_SANDBOX_SEED: seed });
    expect(read).toMatchObject({ whatsappCloud: [{ pacePerSecond: 80 }], timing: { sentMs: 3, deliveredMs: 200 } });
  });

  it.each(['{"whatsappCloud":', '/no/such/file.json', '{"whatsapp":[]}'])('refuses the seed %s', (seed) => {
    expect(() => readConfig(sandboxConfigSchema, { POSTHORN_SANDBOX_SEED: seed })).toThrow(/POSTHORN_SANDBOX_SEED/);
  });
});
