import { z } from 'zod';

/** A path of this API. */
export const linkSchema = z.string().meta({
  description: 'Relative to this API.',
  examples: ['/v1/messages/msg_demo-whatsapp-cloud_01JD8T0Z5R4YV3W2X1Q0P9N8M7'],
});
