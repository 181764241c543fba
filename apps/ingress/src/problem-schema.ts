import { z } from 'zod';

export const problemSchema = z
  .object({
    type: z.string().meta({ description: 'The page that explains it, relative to this API.' }),
    title: z.string(),
    status: z.int(),
    code: z.string().meta({ description: 'Stable; what programs look at.' }),
    detail: z.string().optional(),
    instance: z.string().optional(),
    errors: z
      .array(
        z.object({
          detail: z.string(),
          pointer: z.string().meta({ description: 'JSON Pointer (RFC 6901) into the request body.' }),
        }),
      )
      .optional(),
  })
  .meta({
    id: 'Problem',
    description: 'A problem (RFC 9457).',
    examples: [
      {
        type: '/problems/invalid_request',
        title: 'The request is not valid',
        status: 422,
        code: 'invalid_request',
        detail: 'One fault was found; see errors.',
        errors: [{ detail: 'expected a string, but it is not there; add it', pointer: '/content/body' }],
      },
    ],
  });
