import type { Receipts } from '@posthorn/provider';
import type { JobEnd, ReceiptJob } from '@posthorn/queue';
import { systemClock } from '@posthorn/runtime';
import type { LiveChannel } from './connected-channels.ts';
import type { WorkerParts } from './worker-parts.ts';
import { unknownChannelMs } from './worker-parts.ts';

/** Typing shown later than that would be a lie. */
const typingLifeMs = 25_000;
/** A read receipt is worth trying for that long. */
const readLifeMs = 86_400_000;
const firstWaitMs = 2_000;
const waitMaxMs = 600_000;

/** Tells people that their message was read, or that an answer is being typed. Either can be repeated; what fails for long is given up. */
export function createReceipts({ ledger, channels, tokens, http, provider, told, log }: WorkerParts) {
  return async function sendReceipt(job: ReceiptJob): Promise<JobEnd> {
    const ageMs = systemClock.now() - job.askedAt;
    const lifeMs = job.kind === 'typing' ? typingLifeMs : readLifeMs;
    const live = await channels.find(job.channelId);
    if (live === null) return ageMs > lifeMs ? end(job, 'given_up') : { kind: 'later', afterMs: unknownChannelMs };
    const inbound = await ledger.getInbound(live.channel, job.inboundId);
    const call = live.connected.receipts?.[job.kind] ?? null;
    if (inbound === null || call === null) return end(job, 'refused');
    return await tell(job, live, call, inbound, { ageMs, lifeMs });
  };

  async function tell(
    job: ReceiptJob,
    live: LiveChannel,
    call: NonNullable<Receipts['read']>,
    { externalId, from }: Parameters<NonNullable<Receipts['read']>>[0],
    { ageMs, lifeMs }: { readonly ageMs: number; readonly lifeMs: number },
  ): Promise<JobEnd> {
    // The wait grows with the age: each is about as long as all before it.
    const again = (atLeastMs: number): JobEnd => {
      const afterMs = Math.max(atLeastMs, Math.min(waitMaxMs, Math.max(firstWaitMs, ageMs)));
      return ageMs + afterMs > lifeMs ? end(job, 'given_up') : { kind: 'later', afterMs };
    };
    const token = live.connected.tokens === null ? null : await tokens.cache.get(live);
    if (token?.kind === 'later') return again(token.afterMs);
    const { request, read } = call({ externalId, from }, token?.token ?? null);
    const outcome = read(await http(request));
    switch (outcome.kind) {
      case 'told':
        return end(job, 'told');
      case 'refused':
        return end(job, 'refused', outcome.problem);
      case 'later':
        return again(outcome.afterMs);
      case 'unauthorised': {
        if (token === null) return end(job, 'refused', outcome.problem);
        const other = await tokens.cache.replace(live, token.version);
        return other === null
          ? end(job, 'refused', outcome.problem)
          : again(other.kind === 'later' ? other.afterMs : 1);
      }
      default:
        return outcome satisfies never;
    }
  }

  function end(job: ReceiptJob, outcome: 'told' | 'refused' | 'given_up', problem: unknown = null): JobEnd {
    told.receipts.inc({ provider: provider.id, kind: job.kind, outcome });
    const { channelId, inboundId, kind } = job;
    log[outcome === 'told' ? 'info' : 'warn'](
      { op: 'receipt', channelId, inboundId, kind, outcome, ...(problem !== null && { problem }) },
      `${kind} receipt: ${outcome}`,
    );
    return { kind: 'done' };
  }
}
