import type { WebhookCall } from '@posthorn/provider';

/** One thing that Twilio told: names and texts, whatever form they came in. */
export type Entry = Readonly<Record<string, string>>;

/**
 * The entries of a body: a form is one, a JSON object is one, a JSON list has as many as it is long. Null: it cannot be read.
 * Values that are no texts become their JSON.
 */
export function readEntries({ body, headers }: Pick<WebhookCall, 'body' | 'headers'>): readonly Entry[] | null {
  const text = new TextDecoder().decode(body);
  const type = headers['content-type'] ?? '';
  const isJson = type === '' ? /^\s*[[{]/u.test(text) : /\bjson\b/iu.test(type);
  return isJson ? readJson(text) : [readForm(text)];
}

function readForm(text: string): Entry {
  const fields = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(text)) {
    let free = name;
    for (let nth = 2; fields.has(free); nth += 1) free = `${name}#${nth}`;
    fields.set(free, value);
  }
  return Object.fromEntries(fields);
}

function readJson(text: string): readonly Entry[] | null {
  try {
    const value: unknown = JSON.parse(text);
    return (Array.isArray(value) ? value : [value]).map(toEntry);
  } catch {
    // No JSON, or nested more deeply than it can be walked.
    return null;
  }
}

function toEntry(value: unknown): Entry {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { value: toText(value) };
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, toText(part)]));
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
