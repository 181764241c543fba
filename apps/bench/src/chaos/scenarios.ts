import type { Scenario } from './scenario.ts';
import { answers } from './scenarios/answers.ts';
import { blocked } from './scenarios/blocked.ts';
import { fairness } from './scenarios/fairness.ts';
import { idempotency } from './scenarios/idempotency.ts';
import { kills } from './scenarios/kills.ts';
import { lostJobs } from './scenarios/lost-jobs.ts';
import { order } from './scenarios/order.ts';
import { pace } from './scenarios/pace.ts';
import { redisCluster } from './scenarios/redis-cluster.ts';
import { redisAlways, redisAndWorker, redisEverysec, redisFailover, redisSentinel } from './scenarios/redis-crash.ts';
import { redisFull } from './scenarios/redis-full.ts';
import { restored } from './scenarios/restored.ts';
import { twice } from './scenarios/twice.ts';
import { upgrade } from './scenarios/upgrade.ts';

/** In the order in which they run. */
export const scenarios: readonly Scenario[] = [
  kills,
  lostJobs,
  restored,
  twice,
  answers,
  order,
  blocked,
  pace,
  fairness,
  idempotency,
  redisEverysec,
  redisAlways,
  redisFailover,
  redisSentinel,
  redisCluster,
  redisAndWorker,
  redisFull,
  upgrade,
];
