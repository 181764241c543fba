import type { DestinationStream } from 'pino';

const hidden = new Set(['time', 'level', 'app', 'msg', 'err', 'trace_id', 'span_id']);

/** Turns JSON log lines into lines for eyes: "10:23:14.102 warn  ingress  spool is filling  used=81". */
export function createPrettyStream(target: DestinationStream): DestinationStream {
  return { write: (line) => target.write(toPretty(line)) };
}

function toPretty(line: string): string {
  const fields: Readonly<Record<string, unknown>> = JSON.parse(line);
  const time = text(fields['time']).slice(11, 23);
  const rest = Object.entries(fields).filter(([name]) => !hidden.has(name));
  const said = rest.map(([name, value]) => ` ${name}=${text(value)}`).join('');
  return `${time} ${text(fields['level']).padEnd(5)} ${text(fields['app'])}  ${text(fields['msg'])} ${said}${stack(fields['err'])}\n`;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

function stack(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('stack' in error)) return '';
  return `\n${text(error.stack)}`;
}
