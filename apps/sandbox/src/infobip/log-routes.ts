import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { factsOf } from '../exchange-parts.ts';
import { linesOf } from './authorise.ts';
import type { InfobipContext } from './context.ts';
import type { Exchange } from './exchange.ts';
import { statusOf } from './statuses.ts';

const querySchema = z.object({ messageId: z.string().optional() });
const enroute = 7;

/** `GET /omni/1/logs?messageId=…`: what was taken, as often as it is asked, unlike reports. */
export function logRoutes(context: InfobipContext, exchange: Exchange) {
  return async function register(app: FastifyInstance): Promise<void> {
    app.get('/omni/1/logs', async (request, reply) => {
      const own = linesOf(context, request);
      const facts = factsOf('lookup', own[0]?.account.sender ?? null);
      if (own.length === 0) return exchange.refuse(request, reply, facts, { status: 401 });
      const { messageId } = querySchema.parse(request.query);
      if (messageId === undefined) return exchange.refuse(request, reply, facts, { status: 400 });
      const line = own.find(({ taken }) => taken.has(messageId));
      const results =
        line === undefined
          ? []
          : [{ messageId, from: line.account.sender, channel: 'WHATSAPP', status: statusOf(enroute) }];
      const body = { results };
      return exchange.answer(request, reply, facts, body, { code: null, messageId: null, faultId: null });
    });
  };
}
