import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { documentedMetrics } from './testing/documented-metrics.ts';

const root = new URL('../../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const metrics = documentedMetrics();

const alertsSchema = z.object({
  groups: z.array(
    z.object({
      name: z.string(),
      rules: z.array(
        z.strictObject({
          alert: z.string().regex(/^Posthorn[A-Za-z]+$/u),
          expr: z.string(),
          for: z.string().optional(),
          labels: z.strictObject({ severity: z.enum(['critical', 'warning']) }),
          annotations: z.strictObject({ summary: z.string(), description: z.string(), runbook: z.string() }),
        }),
      ),
    }),
  ),
});
const alerts = alertsSchema.parse(parse(read('deploy/prometheus/alerts.yml'))).groups.flatMap(({ rules }) => rules);

const panelSchema = z.object({
  id: z.number(),
  title: z.string(),
  targets: z.array(z.object({ expr: z.string(), legendFormat: z.string() })).default([]),
});
const dashboardSchema = z.object({ uid: z.string(), title: z.string(), panels: z.array(panelSchema) });
const dashboards = readdirSync(new URL('deploy/grafana/dashboards', root)).map((name) =>
  dashboardSchema.parse(JSON.parse(read(`deploy/grafana/dashboards/${name}`))),
);

/** Those that Prometheus and its clients have by themselves. */
const foreign = /^(?:up|nodejs_|process_)/u;
const always = ['instance', 'job', 'le'];
const namesOf = (list: string): string[] => list.split(',').map((name) => name.trim());

/** What of a query is not there: metrics, and labels of them, also those that only its legend or its message names. */
function faultsOf(expr: string, words = ''): string[] {
  const known = new Set(always);
  const faults: string[] = [];
  const grouped = [...expr.matchAll(/\b(?:by|without|ignoring|on)\s*\((?<list>[^)]*)\)/gu)];
  const bare = grouped.reduce((rest, [clause]) => rest.replace(clause, ' '), expr);
  for (const { groups } of bare.matchAll(
    /\b(?<name>(?:posthorn|process|nodejs)_\w+|up)(?:\{(?<matchers>[^}]*)\})?/gu,
  )) {
    const name = groups?.['name'] ?? '';
    const metric = metrics.get(name) ?? metrics.get(name.replace(/_(?:bucket|sum|count)$/u, ''));
    if (metric === undefined && !foreign.test(name)) faults.push(`there is no metric ${name}`);
    const labels = [...(metric?.labels ?? []), ...always];
    for (const label of labels) known.add(label);
    for (const [, label = ''] of (groups?.['matchers'] ?? '').matchAll(/(\w+)\s*(?:=~|!~|!=|=)/gu)) {
      if (!labels.includes(label)) faults.push(`${name} has no label ${label}`);
    }
  }
  const used = grouped.flatMap(({ groups }) => namesOf(groups?.['list'] ?? ''));
  const told = [...words.matchAll(/\{\{\s*(?:\$labels[.])?(?<label>[a-z]+)\s*\}\}/gu)].map((match) => match[1] ?? '');
  for (const label of [...used, ...told])
    if (!known.has(label)) faults.push(`nothing in "${expr}" has a label ${label}`);
  return faults;
}

describe('alert rules', () => {
  it.each(alerts.map((rule) => [rule.alert, rule] as const))(
    '%s asks for what there is, and says what to do',
    (name, { expr, annotations: { summary, description, runbook } }) => {
      expect(faultsOf(expr, summary + description)).toEqual([]);
      expect(runbook).toBe(`docs/operations/alerts.md#${name.toLowerCase()}`);
      const page = read('docs/operations/alerts.md');
      expect(page).toContain(`\n### ${name}\n`);
      expect(page).toContain(expr);
    },
  );

  it('each have a name of their own, and no page is about one that is not there', () => {
    const names = alerts.map(({ alert }) => alert);
    expect(new Set(names).size).toBe(names.length);
    const told = [...read('docs/operations/alerts.md').matchAll(/^### (\w+)$/gmu)].map(([, name]) => name);
    expect(told).toEqual(names);
  });

  it('names of commands in them are ours', () => {
    const commands = readdirSync(new URL('apps/cli/src/', root))
      .filter((file) => /^program.*[.]ts$/u.test(file))
      .map((file) => read(`apps/cli/src/${file}`))
      .join('\n');
    for (const { alert, annotations } of alerts)
      for (const [, group = '', verb = ''] of annotations.description.matchAll(/`posthorn (\w+)(?: ([a-z]+))?/gu))
        for (const word of [group, verb]) expect([alert, commands.includes(`'${word}`)]).toEqual([alert, true]);
  });
});

describe.each(dashboards.map((dashboard) => [dashboard.title, dashboard] as const))(
  'the dashboard %s',
  (_, { panels }) => {
    it('asks for what there is', () => {
      const targets = panels.flatMap(({ targets: of }) => of);
      expect(targets.flatMap(({ expr, legendFormat }) => faultsOf(expr, legendFormat))).toEqual([]);
      expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    });
  },
);

it('a query with a metric or label that is not there is noticed', () => {
  expect(faultsOf('sum by (lane) (rate(posthorn_nothing_total[5m]))')).toEqual([
    'there is no metric posthorn_nothing_total',
    'nothing in "sum by (lane) (rate(posthorn_nothing_total[5m]))" has a label lane',
  ]);
  expect(faultsOf('posthorn_channels{lane="high"}', '{{queue}}')).toEqual([
    'posthorn_channels has no label lane',
    'nothing in "posthorn_channels{lane="high"}" has a label queue',
  ]);
  expect(faultsOf('histogram_quantile(0.9, sum by (le) (rate(posthorn_accept_duration_seconds_bucket[5m])))')).toEqual(
    [],
  );
});
