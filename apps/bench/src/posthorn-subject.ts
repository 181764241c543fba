import type { MessageView } from '@posthorn/ledger';
import type { MessageId } from '@posthorn/message';
import { sendQueue } from '@posthorn/queue';
import type { Fleet } from './fleet.ts';
import type { Subject } from './subject.ts';

const pageMost = 1_000;

/** posthorn as a subject: ingress and worker. The scheduler runs beside them, as it does in life, and is not measured. */
export function createPosthornSubject(fleet: Fleet): Subject {
  const queue = fleet.queues.open(sendQueue(fleet.channel));
  const headers = { authorization: `Bearer ${fleet.apiKey}`, 'content-type': 'application/json' };
  return {
    name: 'posthorn',
    origin: fleet.ingress.url,
    processes: [fleet.ingress, ...fleet.workers],
    connectionNames: ['posthorn-ingress', 'worker-whatsapp-cloud'],
    request: (to, text) => ({
      label: 'accept',
      path: '/v1/messages',
      headers,
      body: JSON.stringify({ channelId: fleet.channelId, to, content: { type: 'text', body: text } }),
    }),
    backlog: async () => await queue.getJobCountByTypes('waiting', 'prioritized', 'active', 'delayed'),
    submittedAt: async (count) =>
      new Map(
        (await newestMessages(fleet, count)).flatMap(({ sealed, status, statusAt }) =>
          sealed !== null && status === 'submitted' ? [[sealed.to, statusAt]] : [],
        ),
      ),
    pause: async () => await queue.pause(),
    resume: async () => await queue.resume(),
  };
}

/** The newest messages of the fleet's channel, as the ledger shows them. */
export async function newestMessages(fleet: Fleet, count: number): Promise<readonly MessageView[]> {
  const found: MessageView[] = [];
  let before: MessageId | undefined;
  while (found.length < count) {
    const page = await fleet.ledger.list(fleet.channel, { before, limit: Math.min(pageMost, count - found.length) });
    found.push(...page);
    before = page.at(-1)?.id;
    if (page.length === 0) break;
  }
  return found;
}
