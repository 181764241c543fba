/** Traces of this process; `enabled` is false, and nothing was loaded, without an endpoint to send them to. */
export interface Telemetry {
  readonly enabled: boolean;
  /** Sends what is left. Never throws. */
  readonly close: () => Promise<void>;
}

const samplingDefaults = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.1' } as const;

/**
 * Starts OpenTelemetry when OTEL_EXPORTER_OTLP_ENDPOINT is set: traces only (metrics are Prometheus's), a tenth of the roots,
 * and what the caller sampled; OTEL_TRACES_SAMPLER and its ARG change that. The exporter reads the other OTEL_ variables itself.
 */
export async function createTelemetry(
  env: Readonly<Record<string, string | undefined>>,
  app: string,
): Promise<Telemetry> {
  const endpoint = env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] ?? '';
  if (endpoint === '' || env['OTEL_SDK_DISABLED'] === 'true') return { enabled: false, close: async () => {} };
  // The SDK reads its sampler from the process's environment alone, and would sample everything without one.
  if (process.env['OTEL_TRACES_SAMPLER'] === undefined) Object.assign(process.env, samplingDefaults);
  const { NodeSDK } = await import('@opentelemetry/sdk-node');
  const sdk = new NodeSDK({
    serviceName: `posthorn-${app}`,
    instrumentations: [],
    metricReaders: [],
    logRecordProcessors: [],
    autoDetectResources: false,
  });
  sdk.start();
  return {
    enabled: true,
    async close() {
      try {
        await sdk.shutdown();
      } catch {
        // The collector is away: what was not sent is lost, and that must not fail a stop.
      }
    },
  };
}
