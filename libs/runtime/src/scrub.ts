const credentialName =
  /^(?:x[-_])?(?:authorization|proxy[-_]?authorization|cookie|set[-_]?cookie|password|passwd|secret|token|api[-_]?key|\w*[-_]?(?:access|refresh|verify|auth|bearer)[-_]?token|(?:app|client|webhook|signing)[-_]?secret|(?:private|sealing|secret|master)[-_]?key|appsecret[-_]?proof|credentials?|hub\.verify[-_]token)$/iu;

const depthMax = 6;

/** The same object with values under names of credentials replaced by "[hidden]", at any depth; untouched parts are shared, not copied. */
export function scrub(fields: Record<string, unknown>): Record<string, unknown> {
  return scrubObject(fields, 0);
}

function scrubObject(fields: Record<string, unknown>, depth: number): Record<string, unknown> {
  let copy: Record<string, unknown> | undefined;
  for (const [name, value] of Object.entries(fields)) {
    const shown = credentialName.test(name) ? '[hidden]' : scrubValue(value, depth + 1);
    if (shown === value) continue;
    copy ??= { ...fields };
    copy[name] = shown;
  }
  return copy ?? fields;
}

function scrubValue(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || depth > depthMax) return value;
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    const shown = items.map((item) => scrubValue(item, depth + 1));
    return shown.some((item, index) => item !== items[index]) ? shown : value;
  }
  return isPlain(value) ? scrubObject(value, depth) : value;
}

/** Errors, dates and buffers have serialisers of their own. */
function isPlain(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
