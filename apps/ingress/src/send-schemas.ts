import { messageIdSchema, sendRequestSchema } from '@posthorn/message';
import { batchItemsMax, itemKeySchema } from '@posthorn/submission';
import { z } from 'zod';
import { linkSchema } from './link-schema.ts';
import { problemSchema } from './problem-schema.ts';

/** The request of `libs/message`, with examples for the description. */
export const describedRequestSchema = sendRequestSchema.meta({
  id: 'SendRequest',
  examples: [
    {
      channelId: 'demo-whatsapp-cloud',
      to: '+15550001111',
      content: { type: 'text', body: 'Your parcel arrives today between 10 and 12.' },
      callbackData: 'order-4711',
    },
    {
      channelId: 'demo-whatsapp-cloud',
      to: '+15550001111',
      priority: 'high',
      ttlSeconds: 300,
      content: {
        type: 'template',
        name: 'sign_in_code',
        language: 'en_US',
        components: [{ type: 'body', parameters: [{ type: 'text', text: '123456' }] }],
      },
    },
    {
      channelId: 'demo-whatsapp-cloud',
      to: '+15550001111',
      content: {
        type: 'interactive',
        kind: 'buttons',
        body: 'Shall we deliver tomorrow?',
        buttons: [
          { id: 'yes', title: 'Yes' },
          { id: 'no', title: 'Another day' },
        ],
      },
    },
  ],
});

export const messageLinksSchema = z.object({ self: linkSchema, cancel: linkSchema });

export const acceptedSchema = z
  .object({ id: messageIdSchema, status: z.literal('accepted'), links: messageLinksSchema })
  .meta({ description: 'The message is stored and will be sent.' });

export const batchRequestSchema = z
  .strictObject({
    messages: z
      .array(z.intersection(z.object({ idempotencyKey: itemKeySchema }), describedRequestSchema))
      .min(1)
      .max(batchItemsMax),
  })
  .meta({ description: 'Up to 1,000 messages, each with an answer of its own.' });

export const batchResultSchema = z.object({
  results: z.array(
    z.union([
      z.object({
        index: z.int(),
        status: z.literal(202),
        id: messageIdSchema,
        links: messageLinksSchema,
        replayed: z.boolean(),
      }),
      z.object({ index: z.int(), status: z.int(), problem: problemSchema }),
    ]),
  ),
});
export type BatchAnswer = z.infer<typeof batchResultSchema>;
