import {
  collectDefaultMetrics,
  Counter,
  Gauge,
  Histogram,
  Registry,
  type CounterConfiguration,
  type GaugeConfiguration,
  type HistogramConfiguration,
} from 'prom-client';

/** The metrics of one app. Asking twice for one name gives the same metric, so several apps may share a registry. */
export interface Metrics {
  readonly registry: Registry;
  readonly counter: (options: CounterConfiguration<string>) => Counter;
  readonly gauge: (options: GaugeConfiguration<string>) => Gauge;
  readonly histogram: (options: HistogramConfiguration<string>) => Histogram;
}

/** `registry`: one that other apps of this process use too; without it a new one that also has the process's own metrics. */
export interface MetricsOptions {
  readonly app: string;
  readonly version?: string;
  readonly registry?: Registry;
}

/** Metrics in a registry of their own, never prom-client's global one. */
export function createMetrics({ app, version = '0.1.0', registry = createRegistry() }: MetricsOptions): Metrics {
  const metrics: Metrics = {
    registry,
    counter: (options) => {
      const known = registry.getSingleMetric(options.name);
      return known instanceof Counter ? known : new Counter({ ...options, registers: [registry] });
    },
    gauge: (options) => {
      const known = registry.getSingleMetric(options.name);
      return known instanceof Gauge ? known : new Gauge({ ...options, registers: [registry] });
    },
    histogram: (options) => {
      const known = registry.getSingleMetric(options.name);
      return known instanceof Histogram ? known : new Histogram({ ...options, registers: [registry] });
    },
  };
  const labelNames = ['app', 'version'];
  metrics
    .gauge({ name: 'posthorn_build_info', help: 'Always 1; says which version of which app runs.', labelNames })
    .set({ app, version }, 1);
  return metrics;
}

function createRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}
