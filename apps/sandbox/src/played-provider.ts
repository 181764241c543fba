import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** A provider as the sandbox plays it. */
export type PlayedProvider<Control> = {
  /** The part of the control object that is the provider's own. */
  readonly control: Control;
  readonly register: (app: FastifyInstance) => Promise<void>;
  /** Whether a path that no route has would have been the provider's. */
  readonly owns: (path: string) => boolean;
  readonly notFound: (request: FastifyRequest, reply: FastifyReply) => FastifyReply;
  readonly reset: () => void;
};
