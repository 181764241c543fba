import type { ShownMessage } from './api-client.ts';

/** In one sentence what a message waits for, or how it ended, and where there is something to do, what. */
export function whyOf(message: ShownMessage): string {
  const { status, statusAt, waitsFor, failure, channelId, provider } = message;
  if (waitsFor === null) return whyEnded(message);
  const until = waitsFor.until ?? 'a time that is not known';
  const since = waitsFor.since ?? statusAt;
  switch (waitsFor.kind) {
    case 'its_time':
      return `It waits for its time since ${since}: it is not to be sent before ${until}.`;
    case 'predecessor':
      return `It waits for ${waitsFor.messageId ?? 'another message'}, which came before it in the same conversation and is not settled, since ${since}; "posthorn why ${waitsFor.messageId ?? '<id>'}" tells why.`;
    case 'retry':
      return `Its last attempt failed (${waitsFor.code ?? failure?.code ?? 'unknown'}) at ${since}, and it is tried again at ${until}.`;
    case 'evidence':
      return `It is held since ${since}: no answer came after the request left, so it may be out; a status from ${provider.name} settles it, and nothing is sent again blindly. "posthorn held release" sends it again all the same, "posthorn held discard" gives it up.`;
    case 'answer':
      return `It was handed to ${provider.name} at ${since}, and the answer has not come yet.`;
    case 'channel_throttled':
      return `The provider asked ${channelId}, or its account, to slow down, at ${since}: it goes on at ${until}.`;
    case 'channel_paused':
      return whyPaused(message);
    case 'pace':
      return `Its recipient has got as many messages as may go in that time; it waits for its turn since ${since}, and goes on at ${until}.`;
    case 'token':
      return `${provider.name} gives ${channelId} no access token since ${since}; it is asked for again, at the latest at ${until}.`;
    case 'no_worker':
      return `There is no running worker for ${channelId} since ${since}: start worker-${provider.name}, or see in its log why it does not serve this channel.`;
    case 'worker':
      return `It waits for a worker to take it since ${since}; if that lasts, see whether worker-${provider.name} runs, and in Bull Board how deep send.${provider.name}.${channelId} is.`;
    default:
      return `It waits (${waitsFor.kind}); its status is ${status} since ${statusAt}.`;
  }
}

/** Whose pauses they are, and how each ends. */
function whyPaused({ waitsFor, channelId, provider, statusAt }: ShownMessage): string {
  const pauses = waitsFor?.pauses ?? [];
  const each = pauses.map(({ reason, by, since, why }) => {
    const words = why === null ? '' : `, "${why}"`;
    return `${reason} (${by}, since ${since}${words}): ${howToEnd(reason, channelId, provider.name)}`;
  });
  return `Its channel is paused since ${waitsFor?.since ?? statusAt}. ${each.join(' ')}`;
}

function howToEnd(reason: string, channelId: string, provider: string): string {
  switch (reason) {
    case 'operator':
    case 'storm':
      return `"posthorn resume --channel ${channelId}" ends it.`;
    case 'provider':
      return `"posthorn resume --provider ${provider}" ends it.`;
    case 'tenant':
      return '"posthorn resume --tenant <id>" ends it.';
    case 'everything':
      return '"posthorn resume --all" ends it.';
    case 'credentials':
      return `new credentials ("posthorn channels rotate ${channelId} --set-env …") end it, or, where the account was put right, "posthorn resume --channel ${channelId} --put-right".`;
    default:
      return 'it ends by itself.';
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
