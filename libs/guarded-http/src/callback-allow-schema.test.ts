import { describe, expect, it } from '@jest/globals';
import { callbackAllowSchema } from './callback-allow-schema.ts';
import { parseAllowList } from './parse-allow-list.ts';

describe('POSTHORN_CALLBACK_ALLOW', () => {
  it.each([
    [undefined, []],
    ['', []],
    [' 10.20.0.0/16 , hooks.internal,::1,', ['10.20.0.0/16', 'hooks.internal', '::1']],
  ])('reads %j', (text, expected) => {
    expect(callbackAllowSchema.parse(text)).toEqual(expected);
  });

  it.each([
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    'http://hooks.internal',
    'hooks.internal:80',
    '127.1',
    '0x7f',
    '*',
    'fe80::1%lo',
  ])('refuses %s', (text) => {
    expect(callbackAllowSchema.safeParse(text).error?.issues[0]?.message).toMatch(/^expected addresses, CIDR ranges/u);
  });

  it('compares names as URLs write them', () => {
    const { list } = parseAllowList(['Bücher.internal.']);
    expect(list.allowsHost('xn--bcher-kva.internal')).toBe(true);
    expect(list.allowsHost('internal')).toBe(false);
    expect(list.allowsHost('a.xn--bcher-kva.internal')).toBe(false);
  });

  it('knows an address of a range in its mapped form', () => {
    const { list } = parseAllowList(['127.0.0.0/8', 'fd00::/8']);
    expect(list.allowsAddress('::ffff:7f00:1')).toBe(true);
    expect(list.allowsAddress('fd12::1')).toBe(true);
    expect(list.allowsAddress('10.0.0.1')).toBe(false);
  });
});
