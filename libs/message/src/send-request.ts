import { z } from 'zod';
import { characters } from './characters.ts';
import { contentSchema } from './content.ts';
import { channelIdSchema } from './ids.ts';
import { laneSchema } from './lane.ts';
import { recipientSchema } from './recipient.ts';

const moment = z.iso.datetime({ offset: true });

/** What a producer asks for: one message to one recipient through one channel. */
export const sendRequestSchema = z
  .strictObject({
    channelId: channelIdSchema,
    to: recipientSchema,
    content: contentSchema,
    replyTo: z.string().min(1).max(512).optional().meta({
      description: 'Quote an earlier message: our id of it (msg_… or in_…), or the provider’s.',
    }),
    callbackData: characters(1000)
      .optional()
      .meta({ description: 'Yours; comes back in every event and look-up of this message.' }),
    priority: laneSchema
      .default('normal')
      .meta({ description: 'The lane. High goes first; each lane keeps its own order.' }),
    order: z
      .enum(['conversation', 'none'])
      .default('conversation')
      .meta({ description: '`none`: do not wait for earlier messages to this recipient.' }),
    window: z.enum(['refuse', 'try']).optional().meta({
      description:
        'What becomes of anything but a template where the recipient has not written for 24 hours: refused at once (`window_closed`), or tried. Default: what the channel says, else `try`. One with `sendAt` is tried.',
    }),
    sendAt: moment.optional().meta({ description: 'Not before this time; at most 30 days ahead.' }),
    expiresAt: moment.optional().meta({
      description: 'Not after this time. Default: 24 hours after accept, or after sendAt.',
    }),
    ttlSeconds: z
      .int()
      .min(1)
      .max(2_592_000)
      .optional()
      .meta({ description: 'The same as a time span; give one of the two.' }),
  })
  .refine((request) => request.content.type !== 'reaction' || request.replyTo === undefined, {
    error: 'expected no replyTo with a reaction: content.to names the message it reacts to',
    path: ['replyTo'],
  })
  .refine((request) => request.expiresAt === undefined || request.ttlSeconds === undefined, {
    error: 'expected at most one of expiresAt and ttlSeconds',
    path: ['ttlSeconds'],
  });
export type SendRequest = z.infer<typeof sendRequestSchema>;
export type SendRequestInput = z.input<typeof sendRequestSchema>;
