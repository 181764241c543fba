import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { forwarderConfigSchema } from '@posthorn/forwarder';
import { ingressConfigSchema } from '@posthorn/ingress';
import { opsConfigSchema } from '@posthorn/ops';
import { sandboxConfigSchema } from '@posthorn/sandbox';
import { schedulerConfigSchema } from '@posthorn/scheduler';
import { workerConfigSchema } from '@posthorn/worker';
import { workerPortsSchema } from './config.ts';

const apps = {
  ingressConfigSchema,
  workerConfigSchema,
  schedulerConfigSchema,
  forwarderConfigSchema,
  opsConfigSchema,
  sandboxConfigSchema,
  workerPortsSchema,
};

const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');

describe('the table of variables in README.md', () => {
  it.each(Object.entries(apps))('has every variable of %s', (_name, { shape }) => {
    const missing = Object.keys(shape).filter((name) => !readme.includes(`\`${name}\``));
    expect(missing).toEqual([]);
  });
});

describe('the table of capabilities in README.md', () => {
  it('is what the providers say of themselves (else: node tools/capabilities.ts --write)', () => {
    const tool = fileURLToPath(new URL('../../../tools/capabilities.ts', import.meta.url));
    const { stdout } = spawnSync(process.execPath, [tool], { encoding: 'utf8' });
    expect(stdout).toContain('| `text` |');
    const shown = /<!-- capabilities -->\n(?<table>[^]*?)<!-- \/capabilities -->/u.exec(readme)?.groups?.['table'];
    expect(shown).toBe(stdout);
  });
});
