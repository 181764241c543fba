import Table from 'cli-table3';
import type { BenchReport, SubjectName } from './bench.ts';
import { subjectNames } from './bench.ts';
import type { AnswerFigures } from './measure-webhooks.ts';

const rows: readonly (readonly [label: string, figure: string, digits: number])[] = [
  ['accepted /s', 'acceptedPerSecond', 0],
  ['end to end /s', 'endToEndPerSecond', 0],
  ['accept p50 ms, all sockets busy', 'acceptP50Ms', 1],
  ['accept p99 ms, all sockets busy', 'acceptP99Ms', 1],
  ['accept p50 ms, fixed rate', 'pacedAcceptP50Ms', 2],
  ['accept p99 ms, fixed rate', 'pacedAcceptP99Ms', 2],
  ['request to recorded p50 ms, fixed rate', 'endToEndP50Ms', 2],
  ['request to recorded p99 ms, fixed rate', 'endToEndP99Ms', 2],
  ['CPU s per 1,000: HTTP process', 'cpu.http', 3],
  ['CPU s per 1,000: worker', 'cpu.worker', 3],
  ['CPU s per 1,000: Redis', 'cpu.redis', 3],
  ['CPU s per 1,000: own, in all', 'cpu.own', 3],
  ['CPU s per 1,000: sandbox', 'cpu.sandbox', 3],
  ['CPU s per 1,000: with the sandbox', 'cpu.all', 3],
  ['Redis round trips per message', 'roundTrips', 2],
  ['Redis bytes per waiting message', 'bytesPerWaiting', 0],
  ['Redis bytes per sent message', 'bytesPerFinal', 0],
];

/** posthorn's figure as a multiple of another's. Null where one of them is missing or nothing. */
export function ratio(ours: number | undefined, theirs: number | undefined): number | null {
  return ours === undefined || theirs === undefined || theirs <= 0 ? null : ours / theirs;
}

/** The report as tables for people. */
export function renderReport(report: BenchReport): string {
  const figure = (subject: SubjectName, name: string): number | undefined => report.subjects[subject][name];
  const show = (value: number | undefined, digits: number): string =>
    value === undefined
      ? ''
      : value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });

  const messages = new Table({ head: ['', ...subjectNames, 'posthorn : naive'], style: { head: [], border: [] } });
  for (const [label, name, digits] of rows) {
    const compared = ratio(figure('posthorn', name), figure('naive', name));
    messages.push([
      label,
      ...subjectNames.map((subject) => show(figure(subject, name), digits)),
      compared === null ? '' : compared.toFixed(2),
    ]);
  }

  const { webhooks } = report;
  const answers = new Table({
    head: ['updates in a call', 'calls', 'p50 ms', 'p99 ms', 'max ms', 'over 1 s'],
    style: { head: [], border: [] },
  });
  const row = (name: string, answer: AnswerFigures): string[] => [
    name,
    show(answer.calls, 0),
    show(answer.p50Ms, 1),
    show(answer.p99Ms, 1),
    show(answer.maxMs, 1),
    `${show(answer.overOneSecondShare * 100, 2)} %`,
  ];
  for (const [size, answer] of Object.entries(webhooks.bySize)) answers.push(row(size, answer));
  answers.push(row('all', webhooks.all));

  return [
    'Conditions',
    ...Object.entries(report.conditions).map(([name, value]) => `  ${name}: ${JSON.stringify(value)}`),
    '',
    'Messages: medians of the runs. naive: one route, one queue, one worker with one HTTP call, no ledger.',
    'queue only: BullMQ add and a worker that does nothing. bare add: Fastify with an add, nobody works.',
    messages.toString(),
    '',
    'Round trips by connection and command, per message',
    ...Object.entries(report.roundTripsByCommand).map(
      ([name, counts]) =>
        `  ${name}: ${Object.entries(counts)
          .toSorted(([, one], [, other]) => other - one)
          .map(([command, times]) => `${command} ${times.toFixed(2)}`)
          .join(', ')}`,
    ),
    '',
    `Webhooks: ${show(webhooks.updates, 0)} status updates at ${show(webhooks.updatesPerSecond, 0)}/s, a third of them in calls of each size.`,
    'Meta asks for a median under 250 ms, and under 1 % over 1 s.',
    answers.toString(),
    `all applied ${show(webhooks.appliedAfterMs, 0)} ms after the last answer: ${show(webhooks.appliedPerSecond, 0)} updates/s from the first call on`,
    '',
  ].join('\n');
}
