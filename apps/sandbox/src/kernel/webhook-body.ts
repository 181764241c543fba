import type { Update } from '../callbacks.ts';
import type { Account } from './account.ts';

/** One body with many updates: On-Premises (v1), or in the envelope of the Cloud API (v2). */
export function renderWebhook(account: Account, updates: readonly Update[]): string {
  const list = (group: string) => updates.filter((update) => update.group === group).map(({ json }) => json);
  // One person may have written several of the messages: named once.
  const contacts = [...new Set(updates.flatMap(({ extra }) => (extra === undefined ? [] : [extra])))];
  const parts = [
    ['contacts', contacts],
    ['messages', list('messages')],
    ['statuses', list('statuses')],
  ] as const;
  const content = parts
    .filter(([, items]) => items.length > 0)
    .map(([name, items]) => `"${name}":[${items.join(',')}]`)
    .join(',');
  if (account.version === 'v1') return `{${content}}`;
  const metadata = JSON.stringify({ display_phone_number: account.displayPhoneNumber, phone_number_id: '1' });
  const value = `{"messaging_product":"whatsapp","metadata":${metadata},${content}}`;
  const entry = `{"id":"1","changes":[{"value":${value},"field":"messages"}]}`;
  return `{"object":"whatsapp_business_account","entry":[${entry}]}`;
}
