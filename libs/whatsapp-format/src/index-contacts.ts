import { asObject, asText, type Json, type JsonObject } from './json.ts';

/** The contact of a message's sender, if there is one. */
export type ContactOf = (message: JsonObject) => JsonObject | undefined;

/**
 * Finds contacts by number, by user id, or as the only one there is. Looked up and not searched: a batch may hold thousands of
 * both.
 */
export function indexContacts(contacts: readonly Json[]): ContactOf {
  const all = contacts.map(asObject).filter((contact) => contact !== null);
  const byNumber = new Map(all.map((contact) => [asText(contact['wa_id']), contact]));
  const byUserId = new Map(all.map((contact) => [asText(contact['user_id']), contact]));
  const only = all.length === 1 ? all[0] : undefined;
  return (message) => {
    const from = asText(message['from']);
    const userId = asText(message['from_user_id']);
    const sameNumber = from === undefined ? undefined : byNumber.get(from);
    return sameNumber ?? (userId === undefined ? undefined : byUserId.get(userId)) ?? only;
  };
}
