/** Where a text stops being JSON. Line and column count from 1, the column in characters as editors do. */
export interface JsonFault {
  readonly line: number;
  readonly column: number;
  /** What would have been right there. Nothing of the text: it may be of a person. */
  readonly expected: string;
}

type State = 'value' | 'first item' | 'first key' | 'key' | 'colon' | 'after value';

const expectedByState = {
  value: 'a value',
  'first item': 'a value or ]',
  'first key': 'a name in double quotes or }',
  key: 'a name in double quotes',
  colon: 'a colon',
} as const satisfies Record<Exclude<State, 'after value'>, string>;

const scalar = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/uy;
const space = /[\t\n\r ]*/uy;
const plain = /[ !#-[\]-\u{10FFFF}]*/uy;
const escape = /\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4})/uy;

/** The first fault of a text (RFC 8259), or null: it is JSON. Without recursion, so that no depth of nesting matters. */
export function findJsonFault(text: string): JsonFault | null {
  const open: ('{' | '[')[] = [];
  let state: State = 'value';
  let at = 0;

  const skip = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    const isThere = pattern.test(text);
    if (isThere) at = pattern.lastIndex;
    return isThere;
  };
  /** Null: a whole text stood there. */
  const readText = (): string | null => {
    for (at += 1; ;) {
      skip(plain);
      if (text[at] === '"') {
        at += 1;
        return null;
      }
      if (!skip(escape))
        return text[at] === '\\' ? 'an escape like \\n or \\u00e9' : 'the end of the text, a double quote';
    }
  };

  for (;;) {
    skip(space);
    const next = text[at];
    const isName: boolean = state === 'key' || state === 'first key';
    if (state === 'after value') {
      const around = open.at(-1);
      if (around === undefined) return next === undefined ? null : faultAt(text, at, 'the end');
      const closing = around === '{' ? '}' : ']';
      if (next === ',') state = around === '{' ? 'key' : 'value';
      else if (next === closing) open.pop();
      else return faultAt(text, at, `a comma or ${closing}`);
      at += 1;
    } else if (state === 'colon') {
      if (next !== ':') return faultAt(text, at, expectedByState.colon);
      state = 'value';
      at += 1;
    } else if ((state === 'first key' && next === '}') || (state === 'first item' && next === ']')) {
      open.pop();
      state = 'after value';
      at += 1;
    } else if (next === '"') {
      const expected = readText();
      if (expected !== null) return faultAt(text, at, expected);
      state = isName ? 'colon' : 'after value';
    } else if (isName) {
      return faultAt(text, at, expectedByState[state]);
    } else if (next === '{' || next === '[') {
      open.push(next);
      state = next === '{' ? 'first key' : 'first item';
      at += 1;
    } else if (skip(scalar)) state = 'after value';
    else return faultAt(text, at, expectedByState[state]);
  }
}

function faultAt(text: string, at: number, expected: string): JsonFault {
  const before = text.slice(0, at);
  const lineStart = before.lastIndexOf('\n') + 1;
  let line = 1;
  for (let found = before.indexOf('\n'); found !== -1; found = before.indexOf('\n', found + 1)) line += 1;
  return { line, column: Array.from(before.slice(lineStart)).length + 1, expected };
}
