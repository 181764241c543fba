import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

/** What can be done to the accounts of any provider that is played; an account's id is a sender, a number or a client. */
export interface AccountControl<Account, Inbound> {
  readonly accounts: () => unknown;
  readonly putAccount: (account: Account) => unknown;
  readonly deleteAccount: (id: string) => boolean;
  /** Null: there is no such account, or it has no webhook. */
  readonly inbound: (input: Inbound) => unknown;
  /** Posts it as it is. Null as above. */
  readonly webhook: (id: string, body: unknown) => Promise<unknown>;
}

export interface AccountNames<Account, Inbound> {
  /** The field of an account that is its id. */
  readonly idField: string;
  /** What it is, for people: `sender`. */
  readonly called: string;
  readonly accountSchema: z.ZodType<Account>;
  readonly inboundSchema: z.ZodType<Inbound>;
  /** Which account a message of a person is for. */
  readonly toOf: (input: Inbound) => string;
}

/** A raw webhook may be a whole batch. */
const bodyLimit = 16 * 1024 * 1024;
const paramsSchema = z.object({ id: z.string() });
const bodySchema = z.object({ body: z.json() });

/** Accounts, people who write, and raw webhooks: the part of a provider's control API that is the same for all. */
export function registerAccounts<Account, Inbound>(
  app: FastifyInstance,
  control: AccountControl<Account, Inbound>,
  { idField, called, accountSchema, inboundSchema, toOf }: AccountNames<Account, Inbound>,
): void {
  const idSchema = z.object({ [idField]: z.string() });
  const noAccount = (id: string) => ({ error: `No account has the ${called} ${id}.` });
  const noWebhook = (id: string) => ({ error: `No account with a webhook has the ${called} ${id}.` });

  app.get('/accounts', () => control.accounts());
  app.put('/accounts/:id', (request) => {
    const { id } = paramsSchema.parse(request.params);
    const given = z.record(z.string(), z.unknown()).parse(request.body);
    return control.putAccount(accountSchema.parse({ ...given, [idField]: id }));
  });
  app.delete('/accounts/:id', async (request, reply) => {
    const { id } = paramsSchema.parse(request.params);
    return control.deleteAccount(id) ? reply.code(204).send() : reply.code(404).send(noAccount(id));
  });
  app.post('/inbound', { bodyLimit }, async (request, reply) => {
    const input = inboundSchema.parse(request.body);
    const sent = control.inbound(input);
    return sent === null ? reply.code(404).send(noWebhook(toOf(input))) : reply.code(202).send(sent);
  });
  app.post('/webhook', { bodyLimit }, async (request, reply) => {
    const { [idField]: id = '' } = idSchema.parse(request.body);
    const { body } = bodySchema.parse(request.body);
    return (await control.webhook(id, body)) ?? reply.code(404).send(noWebhook(id));
  });
}
