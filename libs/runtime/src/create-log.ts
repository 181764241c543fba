import { trace } from '@opentelemetry/api';
import { pino, type DestinationStream, type Logger } from 'pino';
import { scrub } from './scrub.ts';
import { serializeError } from './serialize-error.ts';

/** The log every part takes. */
export type Log = Logger;

/** A full buffer is written at once, a quiet one after this time: a SIGKILL loses what was logged in it. */
const bufferedBytes = 8192;
const bufferedMs = 100;

/** Settings of a log; `destination` defaults to the standard output. */
export interface LogOptions {
  readonly app: string;
  readonly level?: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  readonly destination?: DestinationStream;
}

/**
 * A log of JSON lines: `time` (ISO 8601), `level` (word), `app`, `msg`, the fields given, and the ids of the active trace.
 * Values under names of credentials are masked wherever they are nested. That is a net: do not log them.
 */
export function createLog({ app, level = 'info', destination }: LogOptions): Log {
  // Not sync: at thousands of lines a second one write call each is felt. What is buffered is written when the process exits.
  const target =
    destination ?? pino.destination({ dest: 1, sync: false, minLength: bufferedBytes, periodicFlush: bufferedMs });
  return pino(
    {
      level,
      base: { app },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: scrub },
      // Children drop the formatter of bindings (pino 10.4, lib/proto.js), so their own fields need this one.
      redact: {
        paths: ['token', 'secret', 'password', 'authorization', 'cookie', 'apiKey', 'accessToken', 'appSecret'],
        censor: '[hidden]',
      },
      serializers: { err: serializeError, error: serializeError },
      mixin: traceIds,
    },
    target,
  );
}

/** A log that says nothing, for tests. */
export function createSilentLog(): Log {
  return pino({ level: 'silent' });
}

/** A log that keeps its lines, parsed, for tests. */
export function createMemoryLog(app = 'test'): {
  readonly log: Log;
  readonly lines: () => readonly Readonly<Record<string, unknown>>[];
} {
  const lines: Readonly<Record<string, unknown>>[] = [];
  const keep = (line: string) => {
    const fields: Readonly<Record<string, unknown>> = JSON.parse(line);
    lines.push(fields);
  };
  const log = createLog({ app, level: 'trace', destination: { write: keep } });
  return { log, lines: () => lines };
}

function traceIds(): object {
  const span = trace.getActiveSpan()?.spanContext();
  return span === undefined ? {} : { trace_id: span.traceId, span_id: span.spanId };
}
