import { demoProviders } from './demo-providers.ts';
import type { Home } from './home.ts';
import type { Fleet } from './start-fleet.ts';
import { version } from './version.ts';

export interface WelcomeFacts extends Pick<Fleet, 'urls' | 'apiKey'> {
  readonly home: Home;
  /** Which Redis it is, in words. */
  readonly redis: string;
  readonly login: { readonly user: string; readonly password: string };
  readonly startMs: number;
}

/** What a newcomer needs, once a fleet is up. */
export function welcome({ urls, apiKey, home, redis, login, startMs }: WelcomeFacts): readonly string[] {
  const [first] = demoProviders;
  const channels = demoProviders.map(({ channelId }) => channelId);
  const workers = demoProviders.map(({ provider: { id } }) => `${urls.workers[id] ?? ''} (${id})`);
  const message = {
    channelId: first.channelId,
    to: '+15550001111',
    content: { type: 'text', body: 'Hello from posthorn' },
  };
  return [
    '',
    `posthorn ${version} is up, after ${(startMs / 1_000).toFixed(1)} s.`,
    '',
    `  Message API   ${urls.api}   described at ${urls.api}/docs`,
    `  Bull Board    ${urls.ops}/queues   user ${login.user}, password ${login.password}`,
    `  Sandbox       ${urls.sandbox}   plays the providers; nothing leaves this machine`,
    `  Channels      ${channels.join(', ')}`,
    `  Health        /readyz and /metrics at each, at ${urls.scheduler} (scheduler), ${urls.forwarder} (forwarder), and the workers:`,
    ...workers.map((worker) => `                ${worker}`),
    '',
    'Send a message (the number is fictional):',
    '',
    `  curl -sS ${urls.api}/v1/messages \\`,
    `    -H 'Authorization: Bearer ${apiKey}' -H 'Content-Type: application/json' \\`,
    `    -d '${JSON.stringify(message)}'`,
    '',
    'Look at the newest one; "npx posthorn trace <id>" shows all that happened to one:',
    '',
    `  curl -sS '${urls.api}/v1/messages?channelId=${first.channelId}&limit=1' \\`,
    `    -H 'Authorization: Bearer ${apiKey}'`,
    '',
    `  Data          ${redis}`,
    `  Keys, log     ${home.dir} (keys.json: without it nothing stored can be opened; posthorn.log)`,
    '  Stop          Ctrl-C; what was accepted is still there at the next start',
    '',
  ];
}
