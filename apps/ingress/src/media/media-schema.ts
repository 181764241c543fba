import { mediaIdSchema } from '@posthorn/message';
import type { Medium } from '@posthorn/media';
import { z } from 'zod';

const time = z.iso.datetime();

/** A file as the API shows it. */
export const mediumSchema = z
  .object({
    id: mediaIdSchema,
    contentType: z.string(),
    bytes: z.int(),
    sha256: z.string().meta({ description: 'Of the content, in hex.' }),
    filename: z.string().nullable(),
    channelId: z.string().nullable().meta({ description: 'Of a file that a person sent; null: uploaded here.' }),
    createdAt: time,
    expiresAt: time,
    links: z.object({ self: z.string(), content: z.string() }),
  })
  .meta({ id: 'Medium' });

export function renderMedium(medium: Medium): z.infer<typeof mediumSchema> {
  const { id, contentType, bytes, sha256, name, channelId, createdAtMs, expiresAtMs } = medium;
  const self = `/v1/media/${id}`;
  return {
    id,
    contentType,
    bytes,
    sha256,
    filename: name,
    channelId,
    createdAt: new Date(createdAtMs).toISOString(),
    expiresAt: new Date(expiresAtMs).toISOString(),
    links: { self, content: `${self}/content` },
  };
}
