import { createHash } from 'node:crypto';
import { sessionContentNames, twilio } from '@posthorn/provider-twilio';
import { demoChannelIdOf, demoWebhookUrl, type DemoProvider } from './demo-provider.ts';
import { demoTemplates } from './demo-templates.ts';

const sender = '+15550000001';
const accountSid = `AC${'1'.padStart(32, '0')}`;

/** Twilio's demo. */
export const demoTwilio: DemoProvider = {
  provider: twilio,
  channelId: demoChannelIdOf(twilio),
  workerPort: 'POSTHORN_WORKER_TWILIO_PORT',
  settings: ({ appSecret }, { sandboxUrl, apiUrl }) => ({
    accountSid,
    authToken: appSecret,
    from: sender,
    publicUrl: apiUrl,
    baseUrl: sandboxUrl,
    templates: sids(demoTemplates.flatMap(({ forms: [form] }) => (form.type === 'template' ? [form.name] : []))),
    contents: sids(sessionContentNames),
  }),
  addAccount: (control, { appSecret }, apiUrl) =>
    void control.twilio.putAccount({
      sender,
      accountSid,
      authToken: appSecret,
      // What stands behind # is how often Twilio repeats a call that fails.
      webhookUrl: `${demoWebhookUrl(twilio, apiUrl)}#rc=3&rp=all&ct=2000&rt=4000`,
    }),
  write: (control, { from, text }) => control.twilio.inbound({ to: sender, from, text })?.messageId ?? null,
};

/** Contents are made at Twilio once; the sandbox takes any. */
function sids(names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    names.map((name) => [name, `HX${createHash('sha256').update(name).digest('hex').slice(0, 32)}`]),
  );
}
