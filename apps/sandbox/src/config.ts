import { readFileSync } from 'node:fs';
import { envPort } from '@posthorn/runtime';
import { z } from 'zod';
import { accountSchema as infobipAccountSchema } from './infobip/account.ts';
import { accountSchema as kernelAccountSchema } from './kernel/account.ts';
import { timingSchema } from './timing.ts';
import { accountSchema as twilioAccountSchema } from './twilio/account.ts';
import { accountSchema } from './whatsapp-cloud/account.ts';

/** What a seed holds: the accounts of each provider, and times other than the usual ones. */
const seedSchema = z.strictObject({
  whatsappCloud: z.array(accountSchema).default([]),
  twilio: z.array(twilioAccountSchema).default([]),
  kernel: z.array(kernelAccountSchema).default([]),
  infobip: z.array(infobipAccountSchema).default([]),
  timing: timingSchema.optional(),
});

/** JSON, or the path of a file holding it. */
const seedVariable = z
  .string()
  .transform((value, ctx): unknown => {
    try {
      return JSON.parse(value.trimStart().startsWith('{') ? value : readFileSync(value, 'utf8'));
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      ctx.addIssue({ code: 'custom', message: `expected JSON, or the path of a file holding JSON (${why})` });
      return z.NEVER;
    }
  })
  .pipe(seedSchema)
  .prefault('{}');

/** The sandbox's environment variables. */
export const sandboxConfigSchema = z.object({
  POSTHORN_SANDBOX_HOST: z.string().default('127.0.0.1'),
  POSTHORN_SANDBOX_PORT: envPort(8090),
  POSTHORN_SANDBOX_SEED: seedVariable,
});
