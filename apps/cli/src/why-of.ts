import type { ShownMessage } from './api-client.ts';

/** In one sentence what a message waits for, or how it ended, and where there is something to do, what. */
export function whyOf(message: ShownMessage): string {
  const { status, statusAt, waitsFor, failure, channelId, provider } = message;
  if (waitsFor === null) return whyEnded(message);
  const until = waitsFor.until ?? 'a time that is not known';
  const since = waitsFor.since ?? statusAt;
  switch (waitsFor.kind) {
    case 'its_time':
      return `It waits for its time: it is not to be sent before ${until}.`;
    case 'predecessor':
      return `It waits for ${waitsFor.messageId ?? 'another message'}, which came before it in the same conversation and is not settled; "posthorn why ${waitsFor.messageId ?? '<id>'}" tells why.`;
    case 'retry':
      return `Its last attempt failed (${waitsFor.code ?? failure?.code ?? 'unknown'}) and it is tried again at ${until}.`;
    case 'evidence':
      return `It is held since ${since}: no answer came after the request left, so it may be out; a status from ${provider.name} settles it, and nothing is sent again blindly.`;
    case 'answer':
      return `It was handed to ${provider.name} at ${since}, and the answer has not come yet.`;
    case 'channel_throttled':
      return `The provider asked ${channelId} to slow down: it goes on at ${until}.`;
    case 'channel_paused':
      return `Its channel is paused (${(waitsFor.reasons ?? []).join(', ')}); "posthorn channels resume ${channelId}" ends an operator's pause, new credentials one for refused credentials.`;
    case 'worker':
      return `It waits for a worker to take it; if that lasts, see whether worker-${provider.name} runs, and in Bull Board how deep send.${provider.name}.${channelId} is.`;
    default:
      return `It waits (${waitsFor.kind}); its status is ${status} since ${statusAt}.`;
  }
}

function whyEnded({ status, statusAt, failure, provider, possibleDuplicate }: ShownMessage): string {
  const twice = possibleDuplicate ? ' It was sent again after an outcome nobody knows, so it may have come twice.' : '';
  if (failure !== null) {
    const code = failure.problem === null ? '' : ` (${provider.name}: ${failure.problem.code})`;
    return `It ${status} at ${statusAt}: ${failure.code}${code}. ${failure.says} "posthorn dlq replay" sends it again.${twice}`;
  }
  if (status === 'submitted' || status === 'sent' || status === 'delivered') {
    return `It waits for nothing here: it is ${status} since ${statusAt}, and ${provider.name} tells what comes next.${twice}`;
  }
  return `It waits for nothing: it is ${status} since ${statusAt}.${twice}`;
}
