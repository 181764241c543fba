import { describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { createAskPerson } from './ask-person.ts';

/** A terminal: what is typed, and what is seen. */
function open() {
  const [input, output] = [new PassThrough(), new PassThrough()];
  return { ask: createAskPerson({ input, output }), input, seen: () => String(output.read() ?? '') };
}

describe('asking a person', () => {
  it('shows the question and what is typed, also after something was taken back', async () => {
    const { ask, input, seen } = open();
    const answer = ask('Id: ', { secret: false });
    input.write('berlim\u007Fn\r');
    expect(await answer).toBe('berlin');
    const shown = seen();
    expect(shown).toContain('Id: ');
    expect(shown.slice(shown.lastIndexOf('Id: '))).toContain('berli');
  });

  it('does not show a secret', async () => {
    const { ask, input, seen } = open();
    const answer = ask('Access token: ', { secret: true });
    input.write('EAA-hush\r');
    expect(await answer).toBe('EAA-hush');
    const shown = seen();
    expect(shown).toBe('Access token: \n');
  });

  it.each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('ends with %s, and with the input', async (_name, typed) => {
    const { ask, input } = open();
    const asked = [ask('Id: ', { secret: false })];
    input.write(`ber${typed === '\u0004' ? '\u0015' : ''}${typed}`);
    await expect(asked[0]).rejects.toThrow('Stopped.');
    const again = ask('Access token: ', { secret: true });
    input.end();
    await Promise.all([expect(again).rejects.toThrow('Stopped.'), once(input, 'end')]);
  });
});
