import { messageIdSchema, type MessageId } from '@posthorn/message';
import type { OutgoingMessage } from '@posthorn/provider';

/**
 * The id under which a message goes out. Infobip refuses an id that it has seen, which makes it an idempotency key: every repeat of
 * what may be out carries the same one. Where it is certain that a message did not go out under an id that Infobip has seen
 * (it was taken and rejected, or failed), the next try carries another, or it would be taken for a repeat.
 */
export function toOutgoingId({ id, spentIds = 0 }: OutgoingMessage): string {
  return spentIds > 0 ? `${id}.${spentIds + 1}` : id;
}

/** Our message's id in an id or in callback data of Infobip's, or null: it is not one of ours. */
export function toMessageIdOf(...given: readonly (string | undefined)[]): MessageId | null {
  for (const value of given) {
    const read = messageIdSchema.safeParse(value?.replace(/\.\d{1,9}$/u, ''));
    if (read.success) return read.data;
  }
  return null;
}
