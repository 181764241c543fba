/** What Twilio says to a code: HTTP status where it is answered, and words. Others may be asked for too and get 400. */
const known: ReadonlyMap<number, readonly [status: number, message: string]> = new Map([
  [20001, [400, 'Unknown parameter']],
  [20003, [401, 'Authenticate']],
  [20005, [403, 'Account is not active']],
  [20404, [404, 'The requested resource was not found']],
  [20429, [429, 'Too Many Requests']],
  [20500, [500, 'An internal server error has occurred']],
  [20503, [503, 'Service unavailable. Please try again.']],
  [21211, [400, "Invalid 'To' Phone Number"]],
  [21212, [400, "Invalid 'From' Number"]],
  [21603, [400, "A 'From' phone number is required"]],
  [21604, [400, "A 'To' phone number is required"]],
  [21609, [400, 'The StatusCallback URL is not a valid URL']],
  [21611, [429, "This 'From' number has exceeded the maximum number of queued messages"]],
  [21617, [400, 'The concatenated message body exceeds the 1600 character limit']],
  [21619, [400, 'A text message body or media urls must be specified']],
  [21620, [400, 'Invalid media URL(s)']],
  [21623, [400, 'Number of media files exceeds allowed limit']],
  [21624, [400, 'The ValidityPeriod is not valid']],
  [21655, [400, 'The ContentSid is invalid']],
  [21656, [400, 'The ContentVariables parameter is invalid']],
  [21701, [400, 'The Messaging Service does not exist']],
  [30008, [400, 'Unknown error']],
  [63003, [400, 'Channel could not find To address']],
  [63007, [400, 'Twilio could not find a Channel with the specified From address']],
  [63015, [400, 'Channel Sandbox can only send messages to phone numbers that have joined the Sandbox']],
  [63016, [400, 'Failed to send freeform message because you are outside the allowed window']],
  [63018, [429, 'Rate limit exceeded for Channel']],
  [63019, [400, 'Media failed to download']],
  [63021, [400, 'Channel invalid content error']],
  [63028, [400, 'Number of parameters provided does not match the expected number of parameters']],
  [63031, [400, 'Message cannot have the same From and To']],
]);

/** Codes that mean "too fast": counted as throttled. */
export const throttleCodes: ReadonlySet<number> = new Set([20429, 21611, 63017, 63018, 63038]);

export type TwilioProblem = {
  readonly code: number;
  readonly status?: number | undefined;
  readonly message?: string | undefined;
};

/** An answer in Twilio's error shape. */
export function twilioAnswer({ code, status, message }: TwilioProblem) {
  const [usualStatus, words] = known.get(code) ?? [400, 'Error'];
  const answered = status ?? usualStatus;
  return {
    status: answered,
    body: {
      code,
      message: message ?? words,
      more_info: `https://www.twilio.com/docs/errors/${code}`,
      status: answered,
    },
  };
}

/** The words of a code, as they stand in a status callback. */
export function wordsOf(code: number): string {
  return known.get(code)?.[1] ?? 'Error';
}
