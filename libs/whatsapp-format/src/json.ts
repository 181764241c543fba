import type { InboundContent } from '@posthorn/message';

/** What JSON can hold. */
export type Json = Exclude<InboundContent['data'], undefined>;
export type JsonObject = { [name: string]: Json };

/** Deeper than any webhook is; what walks through a value by recursion stays far from the end of the stack. */
const depthMax = 64;

/** A body as JSON of ordinary depth, or why it is none. Never throws. */
export function readJson(
  text: string,
): { readonly kind: 'read'; readonly value: Json } | { readonly kind: 'bad'; readonly why: string } {
  try {
    const value: unknown = JSON.parse(text);
    if (isShallow(value)) return { kind: 'read', value };
    return { kind: 'bad', why: 'expected JSON of ordinary depth, came deeper' };
  } catch {
    return { kind: 'bad', why: 'expected JSON, came something else' };
  }
}

/** Walks without recursion: a hostile body must not end the stack. */
function isShallow(value: unknown): value is Json {
  const open: { readonly value: unknown; readonly depth: number }[] = [{ value, depth: 0 }];
  for (let item = open.pop(); item !== undefined; item = open.pop()) {
    if (typeof item.value !== 'object' || item.value === null) continue;
    if (item.depth >= depthMax) return false;
    for (const part of Object.values(item.value)) open.push({ value: part, depth: item.depth + 1 });
  }
  return true;
}

/** The value if it is an object, else null. */
export function asObject(value: Json | undefined): JsonObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
}

/** The value if it is a text that is not empty; a number as text; else undefined. */
export function asText(value: Json | undefined): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The value if it is true or false, else undefined. */
export function asBoolean(value: Json | undefined): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

/** The value as a list: itself, or itself alone; nothing for what is absent or null. */
export function asList(value: Json | undefined): readonly Json[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

/** The object without some of its fields, or undefined if nothing is left. */
export function without(object: JsonObject, names: readonly string[]): JsonObject | undefined {
  const left = Object.entries(object).filter(([name]) => !names.includes(name));
  return left.length === 0 ? undefined : Object.fromEntries(left);
}

/** What came, for people: a type, never a value. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : value === undefined ? 'nothing' : `a ${typeof value}`;
}
