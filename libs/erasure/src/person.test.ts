import { describe, expect, it } from '@jest/globals';
import { mentionsAny } from './mentions.ts';
import { formsOf, readAddress } from './read-address.ts';

describe('whom an address names', () => {
  it.each([
    ['+15550001111', '+15550001111'],
    ['15550001111', '+15550001111'],
    ['0015550001111', '+15550001111'],
    [' +1 (555) 000-1111 ', '+15550001111'],
    ['whatsapp:+15550001111', '+15550001111'],
    ['US.13491208655302741918', 'US.13491208655302741918'],
    [`US.ENT.${'a'.repeat(128)}`, `US.ENT.${'a'.repeat(128)}`],
    [`US.ENT.${'a'.repeat(129)}`, null],
    ['0176 1234567', null],
    ['123456', null],
    ['+1234567890123456', null],
    ['somebody', null],
    ['', null],
  ])('%j is %j', (given, address) => {
    expect(readAddress(given)).toBe(address);
  });

  it.each([
    [['+5215512345678', '+525512345678']],
    [['+5491123456789', '+541123456789']],
    [['+5511987654321', '+551187654321']],
    [['+15550001111']],
    [['US.13491208655302741918']],
  ])('%j is one person', (forms) => {
    for (const form of forms) expect(formsOf(form).toSorted()).toEqual(forms.toSorted());
  });
});

describe('a text', () => {
  const names = mentionsAny(['+15550001111', 'US.1349']);
  const wamid = (number: string): string =>
    `wamid.${Buffer.from(`\u001D\u0002\u000B${number}\u0015\u0002`).toString('base64')}`;
  it.each([
    ['{"from":"15550001111"}', true],
    ['From=whatsapp%3A%2B15550001111&To=x', true],
    ['tel%2015550001111', true],
    [`{"id":"${wamid('15550001111')}"}`, true],
    [`{"id":"${wamid('15550001111').replaceAll('/', '\\/')}"}`, true],
    ['{"from_user_id":"US.1349"}', true],
    ['155500011112', false],
    ['915550001111', false],
    [`{"id":"${wamid('15550001112')}"}`, false],
    ['US.13490', false],
    ['USx1349', false],
    ['', false],
  ])('%j names the person: %j', (text, is) => {
    expect(names(text)).toBe(is);
  });
});
