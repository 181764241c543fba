import type { ProviderProblem } from '@posthorn/outcome';
import { errorCodeSchema, errorTextSchema, scrubText } from '@posthorn/whatsapp-format';
import { z } from 'zod';

/** An error of Twilio's API. Nothing of it is required. */
export const twilioErrorSchema = z.object({ code: errorCodeSchema, message: errorTextSchema });
export type TwilioError = z.infer<typeof twilioErrorSchema>;

/** Twilio's words for people, without numbers, ids and tokens. `status` is the answer's, `trace` Twilio's id of the request. */
export function toProblem({ code: given, message }: TwilioError, status?: number, trace?: string): ProviderProblem {
  const title = scrubText(message);
  const shown = /^[\w-]{1,64}$/u.exec(trace ?? '')?.[0];
  return {
    code: given === undefined ? 'unknown' : String(given),
    ...(title !== '' && { title }),
    ...(status !== undefined && { status }),
    ...(shown !== undefined && !/\d{7}/u.test(shown) && { trace: shown }),
  };
}
