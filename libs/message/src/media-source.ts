import { z } from 'zod';
import { mediaIdSchema } from './ids.ts';

/** The fields that name a file. */
export const source = {
  url: z
    .url({ protocol: /^https?$/u })
    .max(2048)
    .optional()
    .meta({ description: 'Where the provider fetches the file.' }),
  media: z.strictObject({ id: mediaIdSchema }).optional().meta({ description: 'A file put into the store before.' }),
  object: z
    .strictObject({
      bucket: z.string().min(1).max(255),
      key: z.string().min(1).max(1024),
    })
    .optional()
    .meta({ description: 'An object in one of the buckets that this installation knows.' }),
  providerMediaId: z
    .string()
    .min(1)
    .max(512)
    .optional()
    .meta({ description: 'A file uploaded to the provider before.' }),
};

interface Source {
  readonly url?: string | undefined;
  readonly media?: unknown;
  readonly object?: unknown;
  readonly providerMediaId?: string | undefined;
}

/** The refinement that goes with `source`: a file is named in exactly one way. */
export const exactlyOneSource = [
  ({ url, media, object, providerMediaId }: Source): boolean =>
    [url, media, object, providerMediaId].filter((given) => given !== undefined).length === 1,
  { error: 'expected exactly one of url, media, object and providerMediaId' },
] as const;
