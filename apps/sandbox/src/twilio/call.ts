import { createHash, createHmac } from 'node:crypto';
import type { CallAnswer } from '../http-caller.ts';
import type { Outlet, Update } from '../callbacks.ts';
import type { Account } from './account.ts';

/** The value of `X-Twilio-Signature`: the address without what stands behind `#`, then each name and value of the form in order. */
export function signatureOf(url: string, form: string, authToken: string): string {
  const fields = [...new URLSearchParams(form)].toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const data = fields.map(([name, value]) => name + value).join('');
  return createHmac('sha1', authToken)
    .update(calledUrl(url) + data)
    .digest('base64');
}

/** The same for a body that is no form: its address carries the digest of the body. */
export function signatureOfJson(url: string, authToken: string): string {
  return createHmac('sha1', authToken).update(calledUrl(url)).digest('base64');
}

/** The address with the digest of a body that is no form. */
export function withDigest(url: string, body: string): string {
  const called = new URL(calledUrl(url));
  called.searchParams.set('bodySHA256', createHash('sha256').update(body).digest('hex'));
  return called.href;
}

/** The address as it is called: overrides behind `#` stay at home. */
export function calledUrl(url: string): string {
  return url.replace(/#.*$/, '');
}

/** A call to our side: one form, to the address that `group` holds. Null: there is none. */
export function callUpdate(url: string | null, fields: Readonly<Record<string, string>>): Update {
  return { group: url ?? '', json: new URLSearchParams(fields).toString() };
}

/**
 * Tells one thing per call, to the address of its own. A call that fails is repeated as the overrides behind `#` say: `rc` times, when
 * one of `rp` happened; without them once, and only where no connection came about.
 */
export function createOutlet(sender: string, accountOf: (sender: string) => Account | undefined): Outlet {
  return {
    key: `twilio ${sender}`,
    batchMax: 1,
    target: ([update]) => {
      const account = accountOf(sender);
      if (account === undefined || update === undefined || update.group === '') return null;
      const { group: url, json: form } = update;
      return {
        url: calledUrl(url),
        headers: (body) => ({
          'content-type': 'application/x-www-form-urlencoded; charset=UTF-8',
          'user-agent': 'TwilioProxy/1.1',
          'x-twilio-signature': signatureOf(url, body, account.authToken),
          // The same for every repeat of one call.
          'i-twilio-idempotency-token': createHash('sha256').update(`${url}${form}`).digest('hex').slice(0, 32),
        }),
      };
    },
    render: ([update]) => update?.json ?? '',
    repeats: ([update], tries, answer) => {
      const overrides = new URLSearchParams(new URL(update?.group ?? '').hash.slice(1));
      const triesMax = Number(overrides.get('rc') ?? '1');
      const reasons = (overrides.get('rp') ?? 'ct').split(',');
      return tries <= triesMax && (reasons.includes('all') || reasons.includes(reasonOf(answer)));
    },
  };
}

function reasonOf(answer: CallAnswer): string {
  if (answer.kind === 'answered') return answer.status >= 500 ? '5xx' : '4xx';
  return /TIMEOUT/.test(answer.error) && !/CONNECT/.test(answer.error) ? 'rt' : 'ct';
}
