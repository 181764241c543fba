import type { Command } from 'commander';
import { Option } from 'commander';
import type { AddOptions } from './commands/add-channel.ts';
import type { SettingsOptions } from './settings-options.ts';
import type { Terminal } from './terminal.ts';
import { toCount } from './whole-number.ts';

interface Options {
  readonly by?: string;
  readonly json: boolean;
}

const several = (flags: string, what: string): Option =>
  new Option(flags, `${what}; again for more`)
    .argParser((value: string, before: readonly string[]) => [...before, value])
    .default([], 'none');
const someone = 'who does it (default: the user of this machine)';

/** `posthorn channels …`. */
export function registerChannels(program: Command, terminal: Terminal): void {
  const channels = program.command('channels').summary('add, connect, verify, change, pause and remove channels');
  const command = (usage: string, summary: string): Command =>
    channels.command(usage).summary(summary).option('--json', 'for machines', false);
  const changing = (usage: string, summary: string): Command => command(usage, summary).option('--by <name>', someone);
  const withSettings = (each: Command): Command =>
    each
      .addOption(several('--set <setting=value>', 'a setting that is no secret, like pacePerSecond=20'))
      .addOption(several('--set-env <setting=VARIABLE>', 'a setting whose value is in a variable'))
      .addOption(several('--set-file <setting=file>', 'a setting whose value is in a file'))
      .option('--public-url <url>', 'where the provider reaches posthorn (default: POSTHORN_PUBLIC_URL)');

  command('ls', 'list channels').action(async (options: Options) => {
    const { listChannels } = await import('./commands/channels.ts');
    await listChannels(terminal, options);
  });
  command('show <id>', 'show a channel, and which processes serve it').action(async (id: string, options: Options) => {
    const { showChannel } = await import('./commands/channels.ts');
    await showChannel(terminal, id, options);
  });
  withSettings(changing('add', 'add a channel: asks what the provider needs, verifies it, connects it'))
    .description(
      'Asks what the provider needs, stores the channel, proves its credentials, tells the provider the webhook, and offers a test message.\n' +
        'Every question is also an option. Secrets are not shown, and not taken from the command line, where others see them: --set-env and\n' +
        '--set-file name where they are. Example: posthorn channels add --provider kernel --id madrid --set clientId=c1 --set-env clientSecret=KERNEL_SECRET',
    )
    .option('--provider <name>', 'whatsapp-cloud, twilio, infobip or kernel')
    .option('--id <id>', 'the id of the channel')
    .option('--name <name>', 'a name for people')
    .option('--tenant <id>', 'whose channel it is', 'default')
    .option('--no-connect', 'do not tell the provider the webhook')
    .option('--test-to <number>', 'send a test message there')
    .action(async (options: AddOptions) => {
      const { addChannel } = await import('./commands/add-channel.ts');
      await addChannel(terminal, options);
    });
  changing('put <file>', 'add or change a channel; workers follow without a restart')
    .description(
      'Reads a channel as JSON from a file, or from the standard input with -:\n' +
        '{"id": "support", "provider": "whatsapp-cloud", "name": "Support, Berlin", "settings": {"phoneNumberId": "…", "wabaId": "…",\n' +
        '"accessToken": "…", "appSecret": "…"}}. Settings are sealed and not shown again.',
    )
    .action(async (file: string, options: Options) => {
      const { putChannelFrom } = await import('./commands/channels.ts');
      await putChannelFrom(terminal, file, options);
    });
  changing('connect <id>', 'tell the provider where the channel’s webhooks go')
    .description(
      'Registers <public url>/webhooks/<provider>/<id> at the provider, and makes whatever else a channel needs there (contents of buttons\n' +
        'and lists at Twilio). Can be repeated. Exit code 1 where the provider refuses it or gives no clear answer.',
    )
    .option('--public-url <url>', 'where the provider reaches posthorn (default: POSTHORN_PUBLIC_URL)')
    .action(async (id: string, options: Options & { readonly publicUrl?: string }) => {
      const { connectChannel } = await import('./commands/channel-operations.ts');
      await connectChannel(terminal, id, options);
    });
  command('verify <id>', 'prove the credentials with a cheap call to the provider')
    .description('Exit code 1 where the provider refuses them or gives no clear answer.')
    .action(async (id: string, options: Options) => {
      const { verifyChannel } = await import('./commands/channel-operations.ts');
      await verifyChannel(terminal, id, options);
    });
  withSettings(changing('rotate <id>', 'change credentials, or make new secrets of ours'))
    .description(
      'With settings, stores these and leaves the others: posthorn channels rotate support --set-env accessToken=NEW_TOKEN.\n' +
        'Without any, makes new secrets that posthorn chooses itself (keys of webhooks, verify tokens); the former ones stay good until the next time.',
    )
    .option('--connect', 'tell the provider at once', false)
    .action(
      async (
        id: string,
        options: Options & SettingsOptions & { readonly connect: boolean; readonly publicUrl?: string },
      ) => {
        const { rotateChannel } = await import('./commands/channel-operations.ts');
        await rotateChannel(terminal, id, options);
      },
    );
  changing('rm <id>', 'remove a channel once nothing waits in it')
    .description(
      'It takes no more messages from now on, and goes away by itself once all are out and all workers have closed it. Its id is not used again.',
    )
    .option('--dead-letter', 'make dead letters of what waits, and go on at once', false)
    .action(async (id: string, options: Options & { readonly deadLetter: boolean }) => {
      const { removeChannel } = await import('./commands/channels.ts');
      await removeChannel(terminal, id, options);
    });
  for (const [name, paused] of [
    ['pause', true],
    ['resume', false],
  ] as const) {
    changing(`${name} <id>`, paused ? 'stop sending; what is accepted waits' : 'end an operator’s pause').action(
      async (id: string, options: Options) => {
        const { pauseChannel } = await import('./commands/channels.ts');
        await pauseChannel(terminal, id, { ...options, paused });
      },
    );
  }
  command('history [id]', 'show who changed what, and when; never a value')
    .option('--limit <n>', 'so many at most', toCount, 50)
    .action(async (id: string | undefined, options: Options & { readonly limit: number }) => {
      const { showHistory } = await import('./commands/channel-operations.ts');
      await showHistory(terminal, id, options);
    });
  changing('apply <file>', 'bring all channels to what a YAML or JSON file says')
    .description(
      'The file has channels, each as put takes it, and removed, the ids of those that shall go. In settings {"env": "NAME"} and\n' +
        '{"file": "/run/secrets/x"} stand for secrets. All faults are told at once, and then nothing is changed. What it does not name stays.',
    )
    .option('--dry-run', 'only say what would be done', false)
    .action(async (file: string, options: Options & { readonly dryRun: boolean }) => {
      const { applyFile } = await import('./commands/channel-operations.ts');
      await applyFile(terminal, file, options);
    });
}
