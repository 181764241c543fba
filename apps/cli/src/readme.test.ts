import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
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

describe('links of the docs', () => {
  const root = new URL('../../../', import.meta.url);
  const pages = globSync(['*.md', 'deploy/*.md', 'docs/**/*.md', '{apps,libs}/*/README.md'], {
    cwd: fileURLToPath(root),
  });

  it('lead to files and headings that there are', () => {
    const read = (url: URL): string => readFileSync(url, 'utf8');
    expect(pages.length).toBeGreaterThan(100);
    const broken = pages.flatMap((page) =>
      [...read(new URL(page, root)).matchAll(/\]\((?<link>[^)\s]+)\)/gu)]
        .map(({ groups }) => groups?.['link'] ?? '')
        .filter((link) => !/^(?:https?|mailto):/u.test(link) && !leads(new URL(link, new URL(page, root)), read))
        .map((link) => `${page}: ${link}`),
    );
    expect(broken).toEqual([]);
  });
});

function leads(target: URL, read: (url: URL) => string): boolean {
  const heading = decodeURIComponent(target.hash.slice(1));
  target.hash = '';
  if (!existsSync(target)) return false;
  return heading === '' || !target.pathname.endsWith('.md') || anchorsOf(read(target)).has(heading);
}

/** As GitHub makes them of headings. */
function anchorsOf(page: string): ReadonlySet<string> {
  const headings = page.replaceAll(/```.*?```/gsu, '').matchAll(/^#+ (?<text>.*)$/gmu);
  const texts = [...headings].map(({ groups }) => groups?.['text'] ?? '');
  return new Set(
    texts.map((text) =>
      text
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
    ),
  );
}
