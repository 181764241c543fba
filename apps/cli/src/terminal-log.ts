const loud = new Set(['warn', 'error', 'fatal']);
const unsaid = new Set(['time', 'level', 'app', 'msg', 'err', 'error', 'trace_id', 'span_id']);

/**
 * Turns a JSON log line into one for eyes, "warn  ingress: Redis cannot be reached … (port=6379)", without stacks. Null for a line
 * that is not for the terminal: only warnings and errors are, unless everything is asked for.
 */
export function toTerminalLine(line: string, { verbose }: { readonly verbose: boolean }): string | null {
  const fields: Readonly<Record<string, unknown>> = JSON.parse(line);
  const level = text(fields['level']);
  if (!verbose && !loud.has(level)) return null;
  const details = Object.entries(fields)
    .filter(([name]) => !unsaid.has(name))
    .map(([name, value]) => `${name}=${text(value)}`);
  const reason = reasonOf(fields['err'] ?? fields['error']);
  if (reason !== null && !text(fields['msg']).includes(reason)) details.unshift(reason);
  const more = details.length === 0 ? '' : ` (${details.join(', ')})`;
  return `${text(fields['time']).slice(11, 19)} ${level.padEnd(5)} ${text(fields['app'])}: ${text(fields['msg'])}${more}`;
}

function reasonOf(error: unknown): string | null {
  return typeof error === 'object' && error !== null && 'message' in error ? text(error.message) : null;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}
