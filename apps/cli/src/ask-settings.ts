import type { Fault, Provider, SettingQuestion } from '@posthorn/provider';
import { CliError } from './cli-error.ts';
import { place } from './settings-options.ts';
import type { Terminal } from './terminal.ts';

/** Fills in what was not given; without a terminal, tells all that is missing. */
export async function askSettings(
  terminal: Terminal,
  { questions }: Provider,
  settings: Record<string, unknown>,
  publicUrl: string,
): Promise<void> {
  const open = questions.filter(({ path }) => !has(settings, path));
  for (const question of questions) if (!open.includes(question)) fillAround(settings, question);
  for (const question of open) if (question.path === 'publicUrl') fill(settings, question, publicUrl);
  const asked = open.filter(({ path }) => path !== 'publicUrl');
  if (terminal.ask === undefined) {
    // A whole part given in another way, like auth with a user and a password, answers its questions too.
    const missing = asked.filter(({ optional, path }) => !optional && !has(settings, path.split('.')[0] ?? path));
    if (missing.length === 0) return;
    const lines = missing.map(
      ({ path, asks, secret }) => `  ${secret ? `--set-env ${path}=VARIABLE` : `--set ${path}=…`}   ${asks}`,
    );
    throw new CliError(`Settings are missing, and there is no terminal to ask for them:\n${lines.join('\n')}`);
  }
  for (const question of asked) await askOne(terminal.ask, question, settings);
}

/**
 * Asks again for what was wrong. False: nobody can be asked, or it is about none of the questions. Faults in what posthorn makes for itself
 * are passed over: it makes that once the rest is right.
 */
export async function askAgain(
  terminal: Terminal,
  { questions }: Provider,
  settings: Record<string, unknown>,
  faults: readonly Fault[],
): Promise<boolean> {
  const wrong = questions.flatMap((question) => {
    const fault = faults.find(({ pointer }) => pointer === `/settings/${question.path.replaceAll('.', '/')}`);
    return fault === undefined ? [] : [{ question, fault }];
  });
  const { ask } = terminal;
  if (ask === undefined || wrong.length === 0) return false;
  for (const { question, fault } of wrong) {
    terminal.err(`${question.path}: ${fault.detail}`);
    await askOne(ask, question, settings);
  }
  return true;
}

/** Asks until there is an answer that will do. `faultOf`: what is wrong with one. */
export async function askFor(
  terminal: Terminal,
  { flag, says }: { readonly flag: string; readonly says: string },
  faultOf: (answer: string) => string | null,
): Promise<string> {
  if (terminal.ask === undefined)
    throw new CliError(`${says} is missing, and there is no terminal to ask for it: give ${flag}.`);
  for (;;) {
    const answer = (await terminal.ask(`${says}: `, { secret: false })).trim();
    const fault = answer === '' ? null : faultOf(answer);
    if (answer !== '' && fault === null) return answer;
    if (fault !== null) terminal.err(fault);
  }
}

async function askOne(
  ask: NonNullable<Terminal['ask']>,
  question: SettingQuestion,
  settings: Record<string, unknown>,
): Promise<void> {
  const { asks, optional, secret } = question;
  for (;;) {
    const answer = (await ask(`${asks}${optional ? ' (empty: none)' : ''}: `, { secret })).trim();
    if (answer === '' && !optional) continue;
    // An empty answer to what was wrong takes it back.
    if (answer !== '') fill(settings, question, answer);
    else if (has(settings, question.path)) takeBack(settings, question.path);
    return;
  }
}

function fill(settings: Record<string, unknown>, question: SettingQuestion, value: string): void {
  fillAround(settings, question);
  place(settings, question.path, value);
}

function takeBack(settings: Record<string, unknown>, path: string): void {
  const [name = '', ...inner] = path.split('.');
  const known = settings[name];
  if (inner.length === 0) Reflect.deleteProperty(settings, name);
  else if (typeof known === 'object' && known !== null) {
    const part = { ...known };
    takeBack(part, inner.join('.'));
    settings[name] = part;
  }
}

/** What an answer brings with it: an API key means `auth.type` api_key. */
function fillAround(settings: Record<string, unknown>, question: SettingQuestion): void {
  for (const [path, fixed] of Object.entries(question.with ?? {}))
    if (!has(settings, path)) place(settings, path, fixed);
}

function has(settings: Readonly<Record<string, unknown>>, path: string): boolean {
  let at: unknown = settings;
  for (const name of path.split('.')) {
    if (typeof at !== 'object' || at === null) return false;
    at = Object.getOwnPropertyDescriptor(at, name)?.value;
  }
  return at !== undefined;
}
