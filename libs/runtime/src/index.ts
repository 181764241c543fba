export { systemClock, type Clock } from './clock.ts';
export { createSecureRandom, systemRandom, type Random } from './random.ts';
export { ConfigError } from './config-error.ts';
export { readConfig } from './read-config.ts';
export { envAddressRanges, envDurationMs, envInteger, envList, envPort, envRedisUrl } from './env-schemas.ts';
export { createLog, createMemoryLog, createSilentLog, type Log, type LogOptions } from './create-log.ts';
export { serializeError } from './serialize-error.ts';
export type { Http, HttpReply, HttpRequest } from './http.ts';
export { flattenHeaders, httpFailureReason } from './http-exchange.ts';
export { createHttp, type HttpExchange, type HttpOptions } from './create-http.ts';
export { countCalls } from './count-calls.ts';
export { createDeparture, type UnderWay } from './create-departure.ts';
export { connectRedis, type RedisClient, type RedisConnection, type RedisRole } from './connect-redis.ts';
export { withoutPasswords } from './redis-address.ts';
export { mastersOf, pingRedis, placeOfRedis, topologyOf } from './redis-masters.ts';
export { closeRedis } from './close-redis.ts';
export { checkRedis, type RedisCheck } from './check-redis.ts';
export { coalesceWrites } from './coalesce-writes.ts';
export { runApp, type Own, type RunAppOptions, type RunningApp } from './run-app.ts';
export { createMetrics, type Metrics, type MetricsOptions } from './create-metrics.ts';
export { createProbes, type ProbeAnswer, type ProbeDeps, type Probes } from './create-probes.ts';
export { createProbeServer, type ProbeServer, type ProbeServerDeps } from './create-probe-server.ts';
export { probeRoutes } from './probe-routes.ts';
export { createTelemetry, type Telemetry } from './create-telemetry.ts';
export { contextFromTraceparent, currentTraceparent } from './trace-context.ts';
export { withSpan, type SpanOptions } from './with-span.ts';
export { createProblem, problemContentType, problemTypeBase, type Problem, type ProblemFault } from './problem.ts';
export { listenOrExplain } from './listen-or-explain.ts';
export { isRedisAway, isStorageFull, RedisAwayError } from './is-redis-away.ts';
export {
  createRedisScript,
  type RedisScript,
  type RedisScriptOptions,
  type ScriptArgument,
  type ServerFence,
} from './create-redis-script.ts';
export { parseRedisInfo } from './parse-redis-info.ts';
export { every, type Repeating } from './every.ts';
export { watchRedisMemory, type RedisMemory } from './watch-redis-memory.ts';
