import { z } from 'zod';

/** `sub_<ulid>`: one subscriber's address and what it wants to be told. Part of queue names and Redis hash tags. */
export const subscriptionIdSchema = z
  .string()
  .regex(/^sub_[0-9A-HJKMNP-TV-Z]{26}$/u, 'expected a subscription id as it was answered: sub_<26 characters>')
  .brand<'SubscriptionId'>()
  .meta({ description: 'A subscription.', examples: ['sub_01JD8T0Z5R4YV3W2X1Q0P9N8M7'] });
export type SubscriptionId = z.infer<typeof subscriptionIdSchema>;
