import { describe, expect, it } from '@jest/globals';
import { readOptOut } from './read-opt-out.ts';

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

  it('goes by the words of the channel where it has some', () => {
    const words = { stop: ['Genug'] };
    expect(readOptOut({ type: 'text', text: 'genug!' }, words)).toBe('out');
    expect(readOptOut({ type: 'text', text: 'stop' }, words)).toBeNull();
    expect(readOptOut({ type: 'text', text: 'start' }, words)).toBe('in');
    expect(readOptOut({ type: 'text', text: 'start' }, { stop: [], start: [] })).toBeNull();
  });
});
