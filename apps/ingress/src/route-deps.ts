import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { AnswerProblem } from './answer-problem.ts';
import type { NoteForAudit } from './audit-changes.ts';
import type { CallerOf } from './authenticate.ts';
import type { IngressDeps } from './ingress-deps.ts';
import type { IngressMetrics } from './ingress-metrics.ts';

/** The app as routes see it: types of what comes in follow from the zod schemas. */
export type Routes = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** What routes need besides what the app needs. */
export interface OpenRouteDeps extends IngressDeps {
  readonly answerProblem: AnswerProblem;
  readonly counts: IngressMetrics;
}

/** What routes behind keys need. */
export interface RouteDeps extends OpenRouteDeps, CallerOf {
  readonly noteForAudit: NoteForAudit;
}
