import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
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
  opsConfigSchema,
  sandboxConfigSchema,
  workerPortsSchema,
};

describe('the table of variables in README.md', () => {
  const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
  it.each(Object.entries(apps))('has every variable of %s', (_name, { shape }) => {
    const missing = Object.keys(shape).filter((name) => !readme.includes(`\`${name}\``));
    expect(missing).toEqual([]);
  });
});
