import { without, type JsonObject } from '@posthorn/whatsapp-format';

/** The object without some of its fields and without its nulls, or undefined if nothing is left. Infobip writes nulls for what is not there. */
export function withoutNulls(object: JsonObject, names: readonly string[]): JsonObject | undefined {
  const nulls = Object.keys(object).filter((name) => object[name] === null);
  return without(object, [...names, ...nulls]);
}
