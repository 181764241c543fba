import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { findJsonFault } from './find-json-fault.ts';

describe('where a text stops being JSON', () => {
  it.each([
    ['', 1, 1, 'a value'],
    ['{"a":', 1, 6, 'a value'],
    ['{\n  "a": 1\n  "b": 2\n}', 3, 3, 'a comma or }'],
    ['{"a": 1,}', 1, 9, 'a name in double quotes'],
    ['{a: 1}', 1, 2, 'a name in double quotes or }'],
    ['[1, 2', 1, 6, 'a comma or ]'],
    ['[,]', 1, 2, 'a value or ]'],
    ['{"a" 1}', 1, 6, 'a colon'],
    ['"über die\nZeile"', 1, 10, 'the end of the text, a double quote'],
    ['"😀\\x"', 1, 3, 'an escape like \\n or \\u00e9'],
    ['{} {}', 1, 4, 'the end'],
    ["{'a': 1}", 1, 2, 'a name in double quotes or }'],
    ['[01]', 1, 3, 'a comma or ]'],
    ['NaN', 1, 1, 'a value'],
  ])('%j: line %d, column %d', (text, line, column, expected) => {
    expect(findJsonFault(text)).toEqual({ line, column, expected });
  });

  it('agrees with the parser about every text, cut or altered anywhere', () => {
    const altered = fc
      .tuple(fc.json(), fc.nat(), fc.nat({ max: 2 }), fc.constantFrom('', '"', ',', '}', '\\', '\n', '0', 'x', ' '))
      .map(([text, at, cut, put]) => {
        const place = at % (text.length + 1);
        return `${text.slice(0, place)}${put}${text.slice(place + cut)}`;
      });
    fc.assert(
      fc.property(altered, (text) => {
        expect({ text, isJson: findJsonFault(text) === null }).toEqual({ text, isJson: isJson(text) });
      }),
      { numRuns: 2_000 },
    );
  });

  it('takes any depth and length', () => {
    expect(findJsonFault('['.repeat(1_000_000))).toMatchObject({ column: 1_000_001 });
    expect(findJsonFault(`"${'a\\n'.repeat(500_000)}`)).toMatchObject({ line: 1, column: 1_500_002 });
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
