import type { ContentOf } from '@posthorn/message';

/** Contacts as both APIs have them: types in capitals. */
export function toContacts({ contacts }: ContentOf<'contacts'>) {
  return contacts.map(({ name, phones, emails, addresses, urls, org, birthday }) => {
    const { prefix, suffix, ...names } = name;
    return {
      name: { ...names, namePrefix: prefix, nameSuffix: suffix },
      phones: phones?.map(inCapitals),
      emails: emails?.map(inCapitals),
      addresses: addresses?.map(inCapitals),
      urls: urls?.map(inCapitals),
      org,
      birthday,
    };
  });
}

function inCapitals<Typed extends { readonly type?: string | undefined }>(value: Typed) {
  return { ...value, type: value.type?.toUpperCase() };
}
