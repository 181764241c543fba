import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { failureCodes, failureRules } from './failure.ts';

const pages = new URL('../../../docs/errors/', import.meta.url);

describe('failure codes', () => {
  it('have a page each, and no page is without its code', () => {
    const names = readdirSync(pages).filter((name) => name.endsWith('.md') && name !== 'README.md');
    expect(names.toSorted()).toEqual(
      failureCodes()
        .map((code) => `${code}.md`)
        .toSorted(),
    );
  });

  it.each(failureCodes())('%s: its page says what its rule says', (code) => {
    const page = readFileSync(new URL(`${code}.md`, pages), 'utf8');
    const { says, owner, then } = failureRules[code];
    expect(page.startsWith(`# ${code}\n\n> ${says}\n`)).toBe(true);
    for (const part of ['**What happened.**', `(\`${then}\`)`, `(\`${owner}\`)`, '**How to fix it**']) {
      expect(page).toContain(part);
    }
  });

  it('are words, never numbers', () => {
    for (const code of failureCodes()) expect(code).toMatch(/^[a-z]+(?:_[a-z]+)*$/u);
  });

  it('hold what may be out, and nothing else', () => {
    const held = failureCodes().filter((code) => failureRules[code].then === 'hold');
    expect(held).toEqual(['no_answer', 'answer_unreadable', 'provider_failed']);
  });
});
