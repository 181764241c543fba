import { isIP } from 'node:net';
import { z } from 'zod';
import { parseRedisAddress } from './redis-address.ts';

interface IntegerBounds {
  readonly min?: number;
  readonly max?: number;
  readonly default?: number;
}

/** A whole number in a variable; both bounds belong to it. */
export function envInteger(bounds: IntegerBounds = {}) {
  const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = bounds;
  const error = `expected a whole number${range(bounds, String)}`;
  const schema = z
    .string({ error })
    .trim()
    .refine((text) => /^-?\d+$/u.test(text) && Number(text) >= min && Number(text) <= max, { error })
    .transform(Number);
  return withDefault(schema, bounds.default);
}

const millisecondsByUnit: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A duration in a variable, as milliseconds: "250ms", "10s", "5m", "24h", "7d", or a bare number of milliseconds. */
export function envDurationMs(bounds: IntegerBounds = {}) {
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = bounds;
  const error = `expected a duration such as 250ms, 10s, 5m or 24h${range({ min, ...bounds }, (ms) => `${ms}ms`)}`;
  const schema = z
    .string({ error })
    .trim()
    .transform(toMilliseconds)
    .refine((ms) => ms >= min && ms <= max, { error });
  return withDefault(schema, bounds.default);
}

/** Where Redis is, in a variable: one server, sentinels, or nodes of a cluster. It stays text; `connectRedis` reads it again. */
export function envRedisUrl() {
  return z.string().superRefine((text, context) => {
    const parsed = parseRedisAddress(text);
    if (parsed.kind === 'fault') context.addIssue({ code: 'custom', message: parsed.says });
  });
}

/** A port in a variable; 0 asks the system for a free one. */
export function envPort(fallback?: number) {
  return envInteger({ min: 0, max: 65_535, ...(fallback !== undefined && { default: fallback }) });
}

/** Several in a variable, with commas between, all of which must be sound. Default: none. */
export function envList(error: string, isSound: (entry: string) => boolean) {
  return z
    .string({ error })
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((entry) => entry.trim())
        .filter((entry) => entry !== ''),
    )
    .refine((entries) => entries.every(isSound), { error });
}

/** Addresses and CIDR ranges in a variable, with commas between. Default: none. */
export function envAddressRanges() {
  return envList('expected addresses or CIDR ranges with commas between, such as 10.0.0.0/8,::1', isAddressRange);
}

function isAddressRange(entry: string): boolean {
  const { address = '', bits } = /^(?<address>[^/%]+)(?:\/(?<bits>\d{1,3}))?$/u.exec(entry)?.groups ?? {};
  const version = isIP(address);
  return version !== 0 && (bits === undefined || (Number(bits) > 0 && Number(bits) <= (version === 4 ? 32 : 128)));
}

function toMilliseconds(text: string): number {
  const parts = /^(?<amount>\d+(?:\.\d+)?)(?<unit>ms|s|m|h|d)?$/u.exec(text)?.groups;
  const perUnit = millisecondsByUnit[parts?.['unit'] ?? 'ms'];
  return parts === undefined || perUnit === undefined ? Number.NaN : Math.round(Number(parts['amount']) * perUnit);
}

function range({ min, max }: IntegerBounds, show: (value: number) => string): string {
  if (min !== undefined && max !== undefined) return ` from ${show(min)} to ${show(max)}`;
  if (min !== undefined) return ` of at least ${show(min)}`;
  return max === undefined ? '' : ` of at most ${show(max)}`;
}

function withDefault<Output>(
  schema: z.ZodType<Output>,
  fallback: z.core.util.NoUndefined<Output> | undefined,
): z.ZodType<Output> {
  return fallback === undefined ? schema : schema.default(fallback);
}
