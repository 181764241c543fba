import {
  context,
  INVALID_SPAN_CONTEXT,
  ProxyTracerProvider,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Link,
  type Span,
  type Tracer,
} from '@opentelemetry/api';

const kinds = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const;

/** What a span is about; attributes are ids and codes, never addresses, texts or credentials. */
export interface SpanOptions {
  readonly kind?: keyof typeof kinds;
  readonly attributes?: Attributes;
  /** The parent, e.g. from `contextFromTraceparent`; the active span when left out. */
  readonly parent?: Context;
  readonly links?: Link[];
}

const noSpan = trace.wrapSpanContext(INVALID_SPAN_CONTEXT);

/** Null while tracing is off. */
function tracer(): Tracer | null {
  const provider = trace.getTracerProvider();
  // oxlint-disable-next-line typescript/no-deprecated -- nothing else tells whether somebody takes spans (api 1.10, pinned)
  if (provider instanceof ProxyTracerProvider) return provider.getDelegateTracer('posthorn') ?? null;
  return provider.getTracer('posthorn');
}

/** Runs `fn` inside a span that ends with it. While tracing is off it only runs it, with no promise of its own. Rethrows what `fn` throws. */
export function withSpan<Result>(
  name: string,
  options: SpanOptions,
  fn: (span: Span) => Promise<Result>,
): Promise<Result> {
  const tracing = tracer();
  return tracing === null ? fn(noSpan) : inSpan(tracing, name, options, fn);
}

async function inSpan<Result>(
  tracing: Tracer,
  name: string,
  options: SpanOptions,
  fn: (span: Span) => Promise<Result>,
): Promise<Result> {
  const { kind = 'internal', attributes, parent = context.active(), links } = options;
  const spanOptions = { kind: kinds[kind], ...(attributes && { attributes }), ...(links && { links }) };
  return await tracing.startActiveSpan(name, spanOptions, parent, async (span) => {
    try {
      return await fn(span);
    } catch (error) {
      // The message may quote a body or an address: a trace gets the error's class only.
      span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.name : 'error' });
      throw error;
    } finally {
      span.end();
    }
  });
}
