import { readFileSync } from 'node:fs';

/** A metric as docs/operations/metrics.md tells it. */
export interface DocumentedMetric {
  readonly kind: string;
  readonly labels: readonly string[];
}

const page = new URL('../../../../docs/operations/metrics.md', import.meta.url);

/** The table of metrics, by name. */
export function documentedMetrics(): ReadonlyMap<string, DocumentedMetric> {
  const rows = readFileSync(page, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| `posthorn_'));
  return new Map(
    rows.map((line) => {
      const [, name = '', , kind = '', labels = ''] = line.split('|').map((cell) => cell.trim().replaceAll('`', ''));
      return [name, { kind, labels: labels === '' ? [] : labels.split(', ') }];
    }),
  );
}

/** Metrics of ours in what `/metrics` answered: their kinds, and the labels of their samples (none seen yet: null). */
export function shownMetrics(
  text: string,
): ReadonlyMap<string, { readonly kind: string; readonly labels: readonly string[] | null }> {
  const shown = new Map<string, { kind: string; labels: readonly string[] | null }>();
  for (const [, name = '', kind = ''] of text.matchAll(/^# TYPE (posthorn_\w+) (\w+)$/gmu))
    shown.set(name, shown.get(name) ?? { kind, labels: null });
  for (const [, sample = '', labels = ''] of text.matchAll(/^(posthorn_\w+)(?:\{([^}]*)\})? /gmu)) {
    const metric = shown.get(sample) ?? shown.get(sample.replace(/_(?:bucket|sum|count)$/u, ''));
    const names = [...labels.matchAll(/(\w+)="/gu)].map(([, label = '']) => label).filter((label) => label !== 'le');
    if (metric !== undefined) metric.labels = names;
  }
  return shown;
}
