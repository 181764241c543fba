import type { ContentOf } from '@posthorn/message';

/** One of Meta's `contacts`. */
export function toContact(contact: ContentOf<'contacts'>['contacts'][number]) {
  const { name, phones, emails, addresses, urls, org, birthday } = contact;
  return {
    name: {
      formatted_name: name.formattedName,
      first_name: name.firstName,
      last_name: name.lastName,
      middle_name: name.middleName,
      prefix: name.prefix,
      suffix: name.suffix,
    },
    phones: phones?.map(({ phone, type, waId }) => ({ phone, type, wa_id: waId })),
    emails,
    addresses: addresses?.map(({ countryCode, ...address }) => ({ ...address, country_code: countryCode })),
    urls,
    org,
    birthday,
  };
}
