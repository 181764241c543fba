import { z } from 'zod';
import type { Random } from '@posthorn/runtime';

const headers = z.record(z.string(), z.string()).optional();
const statusName = z.enum(['sent', 'delivered', 'read', 'played', 'failed', 'deleted']);

/** What happens instead of, or on top of, the right answer. `taken`: whether the message goes out all the same. */
const faultActionSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('error'),
    code: z.number().int(),
    status: z.number().int().min(400).max(599).optional(),
    subcode: z.number().int().optional(),
    message: z.string().optional(),
    details: z.string().optional(),
    isTransient: z.boolean().optional(),
    headers,
  }),
  z.strictObject({
    kind: z.literal('http'),
    status: z.number().int().min(200).max(599),
    body: z.string().default(''),
    contentType: z.string().default('text/html'),
    headers,
    taken: z.boolean().default(false),
  }),
  /** Waits, then goes on with the next matching rule, or with the right answer. */
  z.strictObject({ kind: z.literal('delay'), ms: z.number().int().min(0) }),
  /** Takes the request and never answers. */
  z.strictObject({ kind: z.literal('hang'), taken: z.boolean().default(true) }),
  /** Closes the connection without an answer. */
  z.strictObject({ kind: z.literal('close'), taken: z.boolean().default(true) }),
  /** A success that cannot be read. */
  z.strictObject({ kind: z.literal('malformed'), body: z.string().default('{"messages":[') }),
  /** Accepted now, `failed` later. */
  z.strictObject({
    kind: z.literal('fail_later'),
    code: z.number().int(),
    details: z.string().optional(),
    afterSent: z.boolean().default(false),
  }),
  /** These statuses in this order and no others; an empty list keeps silent. */
  z.strictObject({ kind: z.literal('statuses'), order: z.array(statusName) }),
]);

export const faultRuleSchema = z.strictObject({
  id: z.string().min(1).optional(),
  match: z
    .strictObject({
      provider: z.string().optional(),
      /** `send` unless told: also `read`, `upload`, `lookup`, `download`, `delete`, `token`, `webhooks`, `register`. */
      operation: z.string().default('send'),
      phoneNumberId: z.string().optional(),
      to: z.string().optional(),
      type: z.string().optional(),
      textContains: z.string().optional(),
      callbackData: z.string().optional(),
      /** Only the nth request that fits the rest, from 1. */
      nth: z.number().int().min(1).optional(),
      /** Every k-th request that fits the rest. */
      every: z.number().int().min(1).optional(),
      probability: z.number().min(0).max(1).optional(),
    })
    .prefault({}),
  /** How often the rule fires before it is spent. */
  times: z.number().int().min(1).optional(),
  action: faultActionSchema,
});

export type FaultAction = z.output<typeof faultActionSchema>;
export type FaultRuleInput = z.input<typeof faultRuleSchema>;
type FaultRule = z.output<typeof faultRuleSchema> & { readonly id: string };
export type FaultReport = FaultRule & { readonly seen: number; readonly fired: number };

/** What a rule can look at. */
export type FaultFacts = {
  readonly provider: string;
  readonly operation: string;
  readonly account: string | null;
  readonly to?: string | null;
  readonly type?: string | null;
  readonly text?: string | null;
  readonly callbackData?: string | null;
};

export type FaultVerdict = {
  readonly delayMs: number;
  readonly faultId: string | null;
  readonly action: Exclude<FaultAction, { kind: 'delay' }> | null;
};

export type Faults = {
  readonly add: (rule: FaultRuleInput) => FaultReport;
  readonly list: () => readonly FaultReport[];
  readonly remove: (id: string) => boolean;
  readonly clear: () => void;
  /** Asks the rules in the order they were added; the first that fits decides. */
  readonly verdict: (facts: FaultFacts) => FaultVerdict;
};

const noFault: FaultVerdict = { delayMs: 0, faultId: null, action: null };

export function createFaults(random: Random): Faults {
  let rules: { rule: FaultRule; seen: number; fired: number }[] = [];
  let lastId = 0;
  const report = ({ rule, seen, fired }: (typeof rules)[number]): FaultReport => ({
    ...rule,
    seen,
    fired,
  });

  return {
    add(input) {
      const parsed = faultRuleSchema.parse(input);
      const rule = { ...parsed, id: parsed.id ?? `fault-${++lastId}` };
      const entry = { rule, seen: 0, fired: 0 };
      rules = [...rules.filter((other) => other.rule.id !== rule.id), entry];
      return report(entry);
    },
    list: () => rules.map(report),
    remove(id) {
      const before = rules.length;
      rules = rules.filter((entry) => entry.rule.id !== id);
      return rules.length < before;
    },
    clear() {
      rules = [];
    },
    verdict(facts) {
      if (rules.length === 0) return noFault;
      let delayMs = 0;
      for (const entry of rules) {
        const { rule } = entry;
        if (rule.times !== undefined && entry.fired >= rule.times) continue;
        if (!fits(rule.match, facts)) continue;
        entry.seen++;
        const { nth, every, probability } = rule.match;
        if (nth !== undefined && entry.seen !== nth) continue;
        if (every !== undefined && entry.seen % every !== 0) continue;
        if (probability !== undefined && random() >= probability) continue;
        entry.fired++;
        if (rule.action.kind !== 'delay') return { delayMs, faultId: rule.id, action: rule.action };
        delayMs += rule.action.ms;
      }
      return delayMs === 0 ? noFault : { delayMs, faultId: null, action: null };
    },
  };
}

function fits(match: FaultRule['match'], facts: FaultFacts): boolean {
  return (
    match.operation === facts.operation &&
    (match.provider === undefined || match.provider === facts.provider) &&
    (match.phoneNumberId === undefined || match.phoneNumberId === facts.account) &&
    (match.to === undefined || match.to === facts.to) &&
    (match.type === undefined || match.type === facts.type) &&
    (match.callbackData === undefined || match.callbackData === facts.callbackData) &&
    (match.textContains === undefined || (facts.text ?? '').includes(match.textContains))
  );
}
