import { z } from 'zod';

/** The fields that name a file. */
export const source = {
  url: z
    .url({ protocol: /^https?$/u })
    .max(2048)
    .optional()
    .meta({ description: 'Where the provider fetches the file.' }),
  providerMediaId: z
    .string()
    .min(1)
    .max(512)
    .optional()
    .meta({ description: 'A file uploaded to the provider before.' }),
};

interface Source {
  readonly url?: string | undefined;
  readonly providerMediaId?: string | undefined;
}

/** The refinement that goes with `source`: a file is named in exactly one way. */
export const exactlyOneSource = [
  (media: Source): boolean => (media.url === undefined) !== (media.providerMediaId === undefined),
  { error: 'expected exactly one of url and providerMediaId' },
] as const;
