import { createHmac } from 'node:crypto';
import type { Update } from '../callbacks.ts';
import type { Account } from './account.ts';
import { digitsOf } from './account.ts';

/** JSON as Meta sends it: everything beyond ASCII escaped as `\uXXXX`, hex in lower case. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The value of `X-Hub-Signature-256` for a body: HMAC-SHA256 with the app secret over the bytes sent. */
export function signatureOf(body: string, appSecret: string): string {
  return `sha256=${createHmac('sha256', appSecret).update(body).digest('hex')}`;
}

/** One POST with many updates: neighbours of one kind share a change, the order is kept. */
export function renderWebhook(account: Account, updates: readonly Update[]): string {
  const metadata = asciiJson({
    display_phone_number: digitsOf(account.displayPhoneNumber),
    phone_number_id: account.phoneNumberId,
  });
  const changes: string[] = [];
  for (let from = 0; from < updates.length;) {
    const group = updates[from]?.group ?? '';
    let to = from;
    while (updates[to]?.group === group) to++;
    const run = updates.slice(from, to);
    // One person may have written several of the messages: named once.
    const contacts = [...new Set(run.flatMap(({ extra }) => (extra === undefined ? [] : [extra])))];
    const named = contacts.length === 0 ? '' : `"contacts":[${contacts.join(',')}],`;
    const items = run.map(({ json }) => json).join(',');
    changes.push(
      `{"value":{"messaging_product":"whatsapp","metadata":${metadata},${named}"${group}":[${items}]},"field":"messages"}`,
    );
    from = to;
  }
  return `{"object":"whatsapp_business_account","entry":[{"id":"${account.wabaId}","changes":[${changes.join(',')}]}]}`;
}
