import { describe, expect, it } from '@jest/globals';
import { scrub } from './timeline.ts';

describe('words of a provider, as a timeline keeps them', () => {
  it.each([
    ["The 'To' number +15550001111 is not valid", "The 'To' number +… is not valid"],
    ['nobody has +1 (555) 000-1111.', 'nobody has +….'],
    ['no message wamid.HBgLMTU1NTAwMDExMTEVAgAR', 'no message …'],
    ['cannot send "Your code is 1234" now', 'cannot send "…" now'],
    ["it can't take 'Hi there' and isn't sorry", "it can't take '…' and isn't sorry"],
    ['«Hola, Ana» no es válido', '«…» no es válido'],
  ])('%s', (said, kept) => expect(scrub(said)).toBe(kept));

  it.each([
    'Param "template.components[0]" is missing',
    'code 131026 at 2026-11-21 10:00:00',
    "it can't be sent, because it isn't there",
    "expected 'body' or 'header'",
  ])('stays: %s', (said) => expect(scrub(said)).toBe(said));
});
