import { describe, expect, it } from '@jest/globals';
import { createFailureLimit } from './create-failure-limit.ts';

function setUp(limits: { readonly sourcesMax?: number } = {}) {
  let nowMs = 1_764_000_000_000;
  const limit = createFailureLimit({ clock: { now: () => nowMs }, failuresMax: 3, networkFailuresMax: 5, ...limits });
  return { limit, pass: (ms: number) => void (nowMs += ms) };
}

describe('a limit of failures', () => {
  it('lets some pass, then says how long to wait, then begins anew', () => {
    const { limit, pass } = setUp();
    expect([1, 2, 3].map(() => limit.failed('198.51.100.7'))).toEqual([0, 0, 0]);
    pass(10_000);
    expect(limit.failed('198.51.100.7')).toBe(50_000);
    expect(limit.failed('203.0.113.9')).toBe(0);
    pass(50_000);
    expect(limit.failed('198.51.100.7')).toBe(0);
  });

  it('counts a network together, so that moving on to the next address does not help', () => {
    const { limit } = setUp();
    for (let host = 1; host <= 5; host += 1) expect(limit.failed(`198.51.100.${host}`)).toBe(0);
    expect(limit.failed('198.51.100.99')).toBe(60_000);
    expect(limit.failed('198.51.101.1')).toBe(0);
  });

  it('takes a /64 of IPv6 for one, and an address in its mapped form for itself', () => {
    const { limit } = setUp();
    for (const address of ['2001:db8:1:2::1', '2001:db8:1:2:ffff::2', '2001:0db8:1:2:0:0:0:3'])
      expect(limit.failed(address)).toBe(0);
    expect(limit.failed('2001:db8:1:2:9::')).toBe(60_000);
    for (const address of ['198.51.100.7', '::ffff:198.51.100.7', '198.51.100.7'])
      expect(limit.failed(address)).toBe(0);
    expect(limit.failed('::FFFF:198.51.100.7')).toBe(60_000);
  });

  it('remembers no more sources than told', () => {
    const { limit } = setUp({ sourcesMax: 4 });
    for (let attempt = 0; attempt < 3; attempt += 1) limit.failed('198.51.100.7');
    for (let net = 0; net < 4; net += 1) limit.failed(`10.0.${net}.1`);
    expect(limit.failed('198.51.100.7')).toBe(0);
  });
});
