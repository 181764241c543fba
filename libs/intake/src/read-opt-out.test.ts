import { describe, expect, it } from '@jest/globals';
import { optOutWordsOf, readOptOut } from './read-opt-out.ts';

const says = (text: string, type = 'text') => readOptOut({ type, text });

describe('what a message says of marketing', () => {
  it.each([
    'STOP',
    ' stop ',
    'Stop.',
    '"Stop"',
    'Arrêt',
    'arre\u0302t',
    'BAJA',
    'Sair',
    'СТОП',
    'توقف',
    'रोकें',
    'stop   all',
  ])('%s: no more', (text) => {
    expect(says(text)).toBe('out');
  });

  it.each(['START', 'Unstop', 'alta', "S'abonner", 'старт'])('%s: again', (text) => {
    expect(says(text)).toBe('in');
  });

  it.each(['Please stop the delivery', 'stop it', 'When does the bus stop?', 'cancel', 'stopping', '', '.', '🛑'])(
    '%s: nothing',
    (text) => {
      expect(says(text)).toBeNull();
    },
  );

  it('counts buttons, and not what stands below a picture', () => {
    expect(says('Stop promotions', 'button')).toBe('out');
    expect(says('Stop', 'interactive')).toBe('out');
    expect(says('Stop', 'image')).toBeNull();
    expect(readOptOut({ type: 'text' })).toBeNull();
  });

  it('goes by the words of the channel, then by those of its tenant, then by ours', () => {
    const read = (text: string, ...settings: Parameters<typeof readOptOut>[1] & unknown[]) =>
      readOptOut({ type: 'text', text }, settings);
    expect(read('genug!', { stop: ['Genug'] }, { stop: ['Schluss'] })).toBe('out');
    expect(read('schluss', { stop: ['Genug'] }, { stop: ['Schluss'] })).toBeNull();
    expect(read('schluss', undefined, { stop: ['Schluss'] })).toBe('out');
    expect(read('stop', null, { stop: ['Schluss'] })).toBeNull();
    expect(read('start', { stop: ['Genug'] }, null)).toBe('in');
    expect(read('start', { stop: [], start: [] })).toBeNull();
  });

  it('knows the words of some languages alone where they are chosen', () => {
    expect(optOutWordsOf('stop', [{ languages: ['de', 'nl'] }])).toEqual([
      'stopp',
      'abmelden',
      'abbestellen',
      'afmelden',
      'uitschrijven',
    ]);
    // The narrower choice of languages counts before the wider list of words.
    expect(optOutWordsOf('stop', [{ languages: ['hi'] }, { stop: ['Genug'] }])).toEqual(['रोकें']);
    expect(optOutWordsOf('start', [{ stop: ['Genug'] }, { languages: ['hi'] }])).toEqual(['शुरू']);
    expect(optOutWordsOf('stop', [])).toContain('baja');
  });
});
