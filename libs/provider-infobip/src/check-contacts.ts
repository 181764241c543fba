import type { ContentOf } from '@posthorn/message';
import type { Fault } from '@posthorn/provider';
import { notOneOf } from './faults.ts';

const places = ['HOME', 'WORK'];
const phoneTypes = ['CELL', 'MAIN', 'IPHONE', 'HOME', 'WORK'];

/** Checks contacts: Infobip wants a first name, and knows few types. */
export function checkContacts({ contacts }: ContentOf<'contacts'>): Fault[] {
  return contacts.flatMap(({ name, phones = [], emails = [], addresses = [], urls = [] }, at) => {
    const pointer = `/contacts/${at}`;
    const typed = (list: readonly { readonly type?: string | undefined }[], field: string, of: readonly string[]) =>
      list.flatMap(({ type }, index) => notOneOf(`${pointer}/${field}/${index}/type`, `${field}.type`, type, of));
    return [
      ...(name.firstName === undefined || name.firstName === ''
        ? [{ pointer: `${pointer}/name/firstName`, detail: 'contacts: Infobip wants a first name, none came' }]
        : []),
      ...typed(phones, 'phones', phoneTypes),
      ...typed(emails, 'emails', places),
      ...typed(addresses, 'addresses', places),
      ...typed(urls, 'urls', places),
    ];
  });
}
