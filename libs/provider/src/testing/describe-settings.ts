import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { connected } from './connected.ts';
import type { ProviderCase } from './provider-case.ts';

const marker = 'posthorn-marker é'; // With a space and an accent: no id, no address, no token.

export function describeSettings(subject: ProviderCase): void {
  const { provider, settings, required, credentials } = subject;
  const faultsOf = (given: unknown) => {
    const read = provider.connect(given);
    return read.kind === 'invalid' ? read.faults : [];
  };

  describe('settings', () => {
    it('connect, with an account, and no credential in its names', () => {
      const { addresses, account } = connected(subject);
      expect(account).not.toBe('');
      for (const credential of credentials) expect([...addresses, account]).not.toContain(credential);
    });

    it.each(required)('are refused without %s, and the fault points there', (name) => {
      const { [name]: _, ...others } = settings;
      expect(faultsOf(others).map(({ pointer }) => pointer)).toContain(`/${name}`);
    });

    it('are refused with a setting that is not known', () => {
      const faults = faultsOf({ ...settings, [`${marker}/~`]: 1 });
      expect(faults.map(({ pointer }) => pointer)).toEqual([`/${marker}~1~0`]);
    });

    it.each(Object.keys(settings))('show no value in the faults of %s', (name) => {
      for (const wrong of [marker, { [marker]: marker }, [marker], 1e99, null]) {
        const faults = faultsOf({ ...settings, [name]: wrong });
        for (const { pointer, detail } of faults) {
          expect(pointer.startsWith(`/${name}`)).toBe(true);
          expect(detail).not.toContain(marker);
        }
      }
    });

    it('show no credential in the faults of others', () => {
      const names = Object.keys(settings);
      for (const name of names) {
        const said = JSON.stringify(faultsOf({ ...settings, [name]: {} }));
        for (const credential of credentials) expect(said).not.toContain(credential);
      }
    });

    it('never throw, whatever comes', () => {
      const given = fc.oneof(
        fc.anything(),
        fc.record(Object.fromEntries(Object.keys(settings).map((name) => [name, fc.anything()]))),
      );
      fc.assert(
        fc.property(given, (value) => {
          const read = provider.connect(value);
          expect(read.kind === 'connected' || read.faults.length > 0).toBe(true);
        }),
      );
    });
  });
}
