import { describe, expect, it } from '@jest/globals';
import { providers } from '@posthorn/providers';
import { readChannelsFile, type SecretSources } from './channels-file.ts';

const sources: SecretSources = {
  env: { KERNEL_SECRET: 'hush-env' },
  readText: async (path) => {
    if (path === '/run/secrets/key') return await Promise.resolve('hush-file\n');
    throw new Error('no such file');
  },
};
const read = async (text: string) => await readChannelsFile(providers, text, sources);

describe('the declarative file', () => {
  it('is YAML or JSON, with secrets by reference', async () => {
    const yaml = `
channels:
  - id: madrid
    provider: kernel
    pacePerSecond: 5
    settings: { clientId: c1, clientSecret: { env: KERNEL_SECRET }, apiKeys: [{ file: /run/secrets/key }] }
removed: [old, { id: older, unsent: dead-letter }]
`;
    const result = await read(yaml);
    expect(result).toMatchObject({
      kind: 'read',
      file: {
        channels: [{ id: 'madrid', settings: { clientSecret: 'hush-env', apiKeys: ['hush-file'] } }],
        removed: [
          { id: 'old', unsent: 'wait' },
          { id: 'older', unsent: 'dead-letter' },
        ],
      },
    });
    expect((await read(JSON.stringify({ channels: [] }))).kind).toBe('read');
  });

  it('is refused as a whole, with all its faults and no value', async () => {
    const result = await read(`
channels:
  - { id: a, provider: kernel, settings: { clientId: hush-1, clientSecret: { env: NOT_SET } }, nope: hush-2 }
  - { id: "no id", provider: kernel, settings: { clientId: { file: /nowhere } } }
removed: [a]
`);
    expect(result.kind === 'invalid' && result.faults.map(({ pointer }) => pointer)).toEqual([
      '/channels/0/settings/clientSecret',
      '/channels/0',
      '/channels/1/settings/clientId',
      '/channels/1/id',
    ]);
    expect(JSON.stringify(result)).not.toContain('hush');
    const twice = await read('channels: [{ id: a, provider: kernel, settings: {} }]\nremoved: [a]');
    expect(twice).toMatchObject({ kind: 'invalid', faults: [{ detail: expect.stringContaining('a again') }] });
    expect(await read('channels: [')).toMatchObject({ kind: 'invalid', faults: [{ pointer: '' }] });
    expect(await read('chanels: []')).toMatchObject({ kind: 'invalid' });
  });
});
