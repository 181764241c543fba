import { messageIdSchema, type MessageId } from '@posthorn/message';
import type { OutgoingMessage } from '@posthorn/provider';

/**
 * The id under which a message goes out. Infobip refuses an id that it has seen, which makes it an idempotency key: every repeat
 * within one life of a message carries the same one, and a new life (a replay) another, or it would be taken for a repeat.
 */
export function toOutgoingId({ id, generation = 1 }: OutgoingMessage): string {
  return generation > 1 ? `${id}.${generation}` : id;
}

/** Our message's id in an id or in callback data of Infobip's, or null: it is not one of ours. */
export function toMessageIdOf(...given: readonly (string | undefined)[]): MessageId | null {
  for (const value of given) {
    const read = messageIdSchema.safeParse(value?.replace(/\.\d{1,9}$/u, ''));
    if (read.success) return read.data;
  }
  return null;
}
