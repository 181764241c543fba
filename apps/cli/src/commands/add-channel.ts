import { channelInputSchema } from '@posthorn/channel';
import { webhookUrlOf, type ChangeResult } from '@posthorn/channel-admin';
import { channelIdSchema } from '@posthorn/message';
import { faultsOf, type Provider } from '@posthorn/provider';
import { providers } from '@posthorn/providers';
import { byOf, publicUrlOf, withAdmin } from '../admin-access.ts';
import { withApi } from '../api-access.ts';
import { askAgain, askFor, askSettings } from '../ask-settings.ts';
import { CliError } from '../cli-error.ts';
import { readSettingsOptions, type SettingsOptions } from '../settings-options.ts';
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
  const id = options.id ?? (await askFor(terminal, idQuestion, faultOfId));
  await askSettings(terminal, provider, settings, publicUrl);

  await withAdmin(terminal, async ({ admin, registry }) => {
    if (registry.list().some((channel) => channel.id === id)) {
      throw new CliError(
        `There is a channel "${id}" already. "posthorn channels rotate ${id}" changes its credentials.`,
      );
    }
    const given = { id, tenantId: options.tenant, provider: provider.id, name: options.name ?? null, settings };
    const put = async (): Promise<ChangeResult> => {
      const input = channelInputSchema.safeParse(given);
      return input.success
        ? await admin.put(input.data, byOf(options))
        : { kind: 'invalid', faults: faultsOf(input.error) };
    };
    let result = await put();
    while (result.kind === 'invalid') {
      if (!(await askAgain(terminal, provider, settings, result.faults))) throw refusal(result.faults);
      result = await put();
    }
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
  const named = (name: string): Provider | undefined => providers.find(({ id }) => id === name);
  const faultOf = (name: string): string | null =>
    named(name) === undefined ? `There is no provider "${name}"; expected one of ${names}.` : null;
  const name = given ?? (await askFor(terminal, { flag: '--provider', says: `Provider (${names})` }, faultOf));
  const provider = named(name);
  if (provider !== undefined) return provider;
  throw new CliError(faultOf(name) ?? '');
}

const idQuestion = { flag: '--id', says: 'Id of the new channel (letters, digits, -)' };

function faultOfId(answer: string): string | null {
  const read = channelIdSchema.safeParse(answer);
  return read.success ? null : read.error.issues.map(({ message }) => message).join('; ');
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
