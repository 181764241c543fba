import { describe, expect, it } from '@jest/globals';
import { providerById, providers } from './providers.ts';

describe('providers', () => {
  it('have names of their own', () => {
    expect(new Set(providers.map(({ id }) => id)).size).toBe(providers.length);
  });

  it('are found by name', () => {
    expect(providerById('whatsapp-cloud')?.title).toBe('WhatsApp Cloud API');
    expect(providerById('constructor')).toBeNull();
  });
});
