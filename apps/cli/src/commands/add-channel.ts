import { channelInputSchema } from '@posthorn/channel';
import { webhookUrlOf } from '@posthorn/channel-admin';
import { faultsOf, type Provider, type SettingQuestion } from '@posthorn/provider';
import { providers } from '@posthorn/providers';
import { byOf, publicUrlOf, withAdmin } from '../admin-access.ts';
import { withApi } from '../api-access.ts';
import { CliError } from '../cli-error.ts';
import { place, readSettingsOptions, type SettingsOptions } from '../settings-options.ts';
import { json, type Terminal } from '../terminal.ts';
import { refusal, sayRegistration, sayVerdict } from './channel-operations.ts';

/** The flags of `posthorn channels add`: each is a question less. */
export interface AddOptions extends SettingsOptions {
  readonly id?: string;
  readonly provider?: string;
  readonly name?: string;
  readonly tenant: string;
  readonly publicUrl?: string;
  readonly connect: boolean;
  readonly testTo?: string;
  readonly by?: string;
  readonly json: boolean;
}

/**
 * `posthorn channels add`: asks what the provider needs, stores the channel, proves its credentials, tells the provider its webhook, and
 * offers a test message. Without a terminal, what is missing is told all at once.
 */
export async function addChannel(terminal: Terminal, options: AddOptions): Promise<void> {
  const publicUrl = publicUrlOf(terminal, options.publicUrl);
  const settings = { ...(await readSettingsOptions(terminal, options)) };
  const provider = await chooseProvider(terminal, options.provider);
  const id = options.id ?? (await required(terminal, '--id', 'Id of the new channel (letters, digits, -)'));
  await askSettings(terminal, provider, settings, publicUrl);
  const input = channelInputSchema.safeParse({
    id,
    tenantId: options.tenant,
    provider: provider.id,
    name: options.name ?? null,
    settings,
  });
  if (!input.success) throw refusal(faultsOf(input.error));

  await withAdmin(terminal, async ({ admin, registry }) => {
    if (registry.get(input.data.id) !== null) {
      throw new CliError(
        `There is a channel "${id}" already. "posthorn channels rotate ${id}" changes its credentials.`,
      );
    }
    const result = await admin.put(input.data, byOf(options));
    if (result.kind === 'invalid') throw refusal(result.faults);
    terminal.err(`${id} is stored. Its webhook address is ${webhookUrlOf(publicUrl, result.channel)}`);
    const verdict = await admin.verify(result.channel);
    if (!options.json) terminal.out(sayVerdict(id, verdict));
    const registration =
      verdict.kind === 'proven' && options.connect
        ? (await admin.connect(result.channel, publicUrl, byOf(options))).registration
        : null;
    if (!options.json && registration !== null) terminal.out(sayRegistration(id, registration));
    const isGood =
      verdict.kind === 'proven' &&
      (registration === null || registration.kind === 'registered' || registration.kind === 'manual');
    if (!isGood) terminal.setExitCode(1);
    const messageId = isGood ? await sendTest(terminal, id, options) : null;
    if (options.json) json(terminal, { id, verdict, registration, messageId });
    else if (messageId !== null) terminal.out(`A test message is on its way: posthorn trace ${messageId}`);
  });
}

async function chooseProvider(terminal: Terminal, given: string | undefined): Promise<Provider> {
  const names = providers.map(({ id }) => id).join(', ');
  const name = given ?? (await required(terminal, '--provider', `Provider (${names})`));
  const provider = providers.find(({ id }) => id === name);
  if (provider !== undefined) return provider;
  throw new CliError(`There is no provider "${name}"; expected one of ${names}.`);
}

/** Asks what was not given; without a terminal, tells all that is missing. */
async function askSettings(
  terminal: Terminal,
  { questions }: Provider,
  settings: Record<string, unknown>,
  publicUrl: string,
): Promise<void> {
  const open = questions.filter(({ path }) => !has(settings, path));
  const fill = (question: SettingQuestion, value: string): void => {
    if (value === '') return;
    for (const [path, fixed] of Object.entries(question.with ?? {}))
      if (!has(settings, path)) place(settings, path, fixed);
    place(settings, question.path, value);
  };
  for (const question of questions) {
    if (!has(settings, question.path)) continue;
    for (const [path, fixed] of Object.entries(question.with ?? {}))
      if (!has(settings, path)) place(settings, path, fixed);
  }
  const byItself = open.filter(({ path }) => path === 'publicUrl');
  for (const question of byItself) fill(question, publicUrl);
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
  for (const question of asked) {
    const says = `${question.asks}${question.optional ? ' (empty: none)' : ''}: `;
    let answer = (await terminal.ask(says, { secret: question.secret })).trim();
    while (answer === '' && !question.optional) answer = (await terminal.ask(says, { secret: question.secret })).trim();
    fill(question, answer);
  }
}

/** Only where a number was given, or a person says one. */
async function sendTest(terminal: Terminal, channelId: string, options: AddOptions): Promise<string | null> {
  const offer = 'Send a test message to (a number like +15550001111; empty: none): ';
  const to = options.testTo ?? (await terminal.ask?.(offer, { secret: false }))?.trim() ?? '';
  if (to === '') return null;
  return await withApi(terminal, async (api) => {
    const request = { channelId, to, content: { type: 'text', body: 'This channel is connected to posthorn.' } };
    return (await api.send(request)).id;
  });
}

async function required(terminal: Terminal, flag: string, says: string): Promise<string> {
  if (terminal.ask === undefined)
    throw new CliError(`${says} is missing, and there is no terminal to ask for it: give ${flag}.`);
  let answer = '';
  while (answer === '') answer = (await terminal.ask(`${says}: `, { secret: false })).trim();
  return answer;
}

function has(settings: Readonly<Record<string, unknown>>, path: string): boolean {
  let at: unknown = settings;
  for (const name of path.split('.')) {
    if (typeof at !== 'object' || at === null) return false;
    at = Object.getOwnPropertyDescriptor(at, name)?.value;
  }
  return at !== undefined;
}
