import { ROOT_CONTEXT, trace, TraceFlags, type Context } from '@opentelemetry/api';

const traceparentPattern = /^[\da-f]{2}-(?<traceId>[\da-f]{32})-(?<spanId>[\da-f]{16})-(?<flags>[\da-f]{2})$/u;

/** The active span as a W3C `traceparent`, to be carried in a job or a header; null when nothing is traced. */
export function currentTraceparent(): string | null {
  const span = trace.getActiveSpan()?.spanContext();
  if (span === undefined || /^0*$/u.test(span.traceId)) return null;
  return `00-${span.traceId}-${span.spanId}-${span.traceFlags.toString(16).padStart(2, '0')}`;
}

/** The context a `traceparent` names, to be the parent of a new span; the empty context when there is none or it is malformed. */
export function contextFromTraceparent(value: string | null | undefined): Context {
  const parts = traceparentPattern.exec(value ?? '')?.groups;
  const { traceId, spanId, flags } = parts ?? {};
  if (traceId === undefined || spanId === undefined || flags === undefined) return ROOT_CONTEXT;
  const sampled = Number.parseInt(flags, 16) % 2 === 1;
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId,
    traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
    isRemote: true,
  });
}
