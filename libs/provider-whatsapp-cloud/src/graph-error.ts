import type { ProviderProblem } from '@posthorn/outcome';
import { errorCodeSchema, errorTextSchema, scrubText } from '@posthorn/whatsapp-format';
import { z } from 'zod';

/** An error of the Graph API: in an answer, and in webhooks (there with `title`). Only what we use, and nothing of it required. */
export const graphErrorSchema = z.object({
  code: errorCodeSchema,
  error_subcode: errorCodeSchema,
  type: errorTextSchema,
  title: errorTextSchema,
  message: errorTextSchema,
  error_user_title: errorTextSchema,
  error_user_msg: errorTextSchema,
  error_data: z.object({ details: errorTextSchema }).optional().catch(undefined),
  is_transient: z.boolean().optional().catch(undefined),
  fbtrace_id: errorTextSchema,
});
export type GraphError = z.infer<typeof graphErrorSchema>;

/** Meta's words for people: without numbers, ids and tokens. `status` is the answer's, where there was one. */
export function toProblem(error: GraphError, status?: number): ProviderProblem {
  const title = scrubText(error.title ?? error.error_user_title ?? error.message);
  const more = scrubText(error.error_data?.details ?? error.error_user_msg ?? error.message);
  const subcode = error.error_subcode === undefined ? '' : `subcode ${error.error_subcode}`;
  const details = [more === title ? '' : more, subcode].filter((part) => part !== '').join('; ');
  const trace = /^(?!\d+$)[\w-]{1,64}$/u.exec(error.fbtrace_id ?? '')?.[0];
  return {
    code: error.code === undefined ? 'unknown' : String(error.code),
    ...(title !== '' && { title }),
    ...(details !== '' && { details }),
    ...(status !== undefined && { status }),
    ...(trace !== undefined && { trace }),
  };
}
