import { eventEnvelopeSchema } from '@posthorn/message';
import { z } from 'zod';
import { linkSchema } from './link-schema.ts';

/** An event of a channel's log: as subscribers get it, with its place there. */
const eventSchema = eventEnvelopeSchema.extend({
  position: z.string().meta({ description: 'Where it stands in the log: `after` of the next request.' }),
});
export type EventAnswer = z.infer<typeof eventSchema>;

export const eventListSchema = z.object({
  events: z.array(eventSchema),
  links: z.object({
    next: linkSchema.meta({ description: 'Continue here; it is there at the end of the log too, to ask again later.' }),
  }),
});
