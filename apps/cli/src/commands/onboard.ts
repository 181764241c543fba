import { setTimeout as delay } from 'node:timers/promises';
import { onboardingIdSchema, type OnboardingId, type OnboardingView } from '@posthorn/onboarding';
import { tenantIdSchema } from '@posthorn/message';
import type { OnboardingAnswer, Onboardings } from '@posthorn/worker';
import { z } from 'zod';
import { byOf } from '../admin-access.ts';
import { CliError } from '../cli-error.ts';
import { withFleet, type FleetParts } from '../fleet-access.ts';
import { readJson } from '../read-json.ts';
import { json, type Terminal } from '../terminal.ts';

const lookMs = 200;
/** Longer than the stages take where nothing waits. */
const looksMax = 300;

export interface OnboardOptions {
  readonly code?: string;
  readonly tenant: string;
  readonly by?: string;
  readonly wait: boolean;
  readonly json: boolean;
}

export interface RetryOptions {
  readonly code?: string;
  readonly pin?: string;
  readonly by?: string;
  readonly wait: boolean;
  readonly json: boolean;
}

/** `posthorn onboard begin`: begins an onboarding, and follows it to its end, its wait, or its failure. */
export async function beginOnboarding(terminal: Terminal, file: string, options: OnboardOptions): Promise<void> {
  const given = z.record(z.string(), z.unknown()).safeParse(await readJson(terminal, file));
  if (!given.success) throw new CliError('Expected an object: {"channelId": "…", "code": "…", "settings": {…}}.');
  const tenant = tenantIdSchema.safeParse(options.tenant);
  if (!tenant.success) throw new CliError(`--tenant: ${tenant.error.issues[0]?.message ?? 'expected a tenant'}`);
  const request = { ...given.data, ...(options.code !== undefined && { code: options.code }) };
  await withFleet(terminal, async ({ onboardings, audit }) => {
    const view = viewOf(await onboardings.begin(tenant.data, request));
    await tell(audit, 'onboarding.begin', view, byOf(options));
    show(terminal, options.wait ? await settled(onboardings, view) : view, options.json);
  });
}

/** `posthorn onboard show`. */
export async function showOnboarding(
  terminal: Terminal,
  id: string,
  options: { readonly json: boolean },
): Promise<void> {
  await withFleet(terminal, async ({ onboardings }) =>
    show(terminal, viewOf(await onboardings.show(null, toId(id))), options.json),
  );
}

/** `posthorn onboard retry`: a new run from the stage that failed. */
export async function retryOnboarding(terminal: Terminal, id: string, options: RetryOptions): Promise<void> {
  const { code, pin } = options;
  await withFleet(terminal, async ({ onboardings, audit }) => {
    const request = { ...(code !== undefined && { code }), ...(pin !== undefined && { pin }) };
    const view = viewOf(await onboardings.retry(null, toId(id), request));
    await tell(audit, 'onboarding.retry', view, byOf(options));
    show(terminal, options.wait ? await settled(onboardings, view) : view, options.json);
  });
}

async function tell(
  audit: FleetParts['audit'],
  action: string,
  { id, channelId }: OnboardingView,
  by: string,
): Promise<void> {
  await audit.record({ by, action, tenantId: '*', channelId, changed: [id], result: 'done' });
}

async function settled(onboardings: Onboardings, begun: OnboardingView): Promise<OnboardingView> {
  let view = begun;
  for (let looks = 0; view.state === 'running' && looks < looksMax; looks += 1) {
    await delay(lookMs);
    view = viewOf(await onboardings.show(null, view.id));
  }
  return view;
}

function show(terminal: Terminal, view: OnboardingView, asJson: boolean): void {
  if (view.state === 'failed') terminal.setExitCode(1);
  if (asJson) {
    json(terminal, view);
    return;
  }
  terminal.out(`${view.id}: ${sentenceOf(view)}`);
}

function sentenceOf({ channelId, stage, state, run, failure, nextAt }: OnboardingView): string {
  switch (state) {
    case 'finished':
      return `finished. Channel ${channelId} sends.`;
    case 'running':
      return `${stage} in run ${run}. A worker of the provider goes on with it.`;
    case 'waiting':
      return `${stage} goes on by itself at ${nextAt ?? 'once'}: ${failure?.says ?? ''}`;
    case 'failed': {
      const problem = failure?.problem;
      const words =
        problem === null || problem === undefined ? '' : ` (the provider: ${problem.code} ${problem.title ?? ''})`;
      return `failed in ${stage}: ${failure?.code ?? ''}. ${failure?.says ?? ''}${words}`;
    }
    default:
      return state satisfies never;
  }
}

function viewOf(answer: OnboardingAnswer): OnboardingView {
  switch (answer.kind) {
    case 'onboarding':
      return answer.view;
    case 'unknown':
      throw new CliError('There is no such onboarding; they are kept for 30 days after their last change.');
    case 'conflict':
      throw new CliError(answer.detail);
    case 'invalid': {
      const lines = answer.faults.map(({ pointer, detail }) => `  ${pointer}: ${detail}`);
      throw new CliError(`The request is not valid, and nothing was begun:\n${lines.join('\n')}`);
    }
    default:
      return answer satisfies never;
  }
}

function toId(given: string): OnboardingId {
  const id = onboardingIdSchema.safeParse(given);
  if (id.success) return id.data;
  throw new CliError(`Expected an onboarding id as it was answered: onb_<provider>_<26 characters>, not "${given}".`);
}
