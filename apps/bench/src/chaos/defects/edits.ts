/** One change of a source as it is loaded into one process of a run. The files themselves stay as they are. */
export interface Edit {
  /** How the file's path ends. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const lua = 'libs/ledger/src/lua';

/**
 * What a process can be started with: defects that the checks must find, and a few changes that make a fault happen at a
 * chosen moment, or play the next release. A text that is no longer there stops the process: a defect that was not planted proves nothing.
 */
export const editsByName: Readonly<Record<string, readonly Edit[]>> = {
  // Defects.
  'no-claim': [{ file: `${lua}/claim.lua`, from: 'if m.ct and m.ct ~= ARGV[5] then', to: 'if false then' }],
  'early-202': [
    {
      file: 'libs/submission/src/submission.ts',
      from: 'const result = await deps.accept(',
      to: "const result = await ((...given) => { setTimeout(() => deps.accept(...given).catch(() => {}), 400); return { kind: 'accepted' }; })(",
    },
  ],
  'lost-event': [
    {
      file: `${lua}/prelude.lua`,
      from: "  event('message.' .. status, ulid, m.g, nil, own_data)",
      to: "  if status ~= 'delivered' or tonumber(stamp) % 50 > 0 then event('message.' .. status, ulid, m.g, nil, own_data) end",
    },
  ],
  'no-sweep': [
    {
      file: `${lua}/sweep.lua`,
      from: "  elseif m.s == 'accepted' and call('EXISTS'",
      to: "  elseif false and call('EXISTS'",
    },
  ],
  'no-recover': [{ file: `${lua}/recover.lua`, from: "if ARGV[6] ~= '1' then", to: 'if false then' }],
  'stall-limit': [
    { file: 'libs/queue/src/consume.ts', from: 'maxStalledCount: Number.MAX_SAFE_INTEGER', to: 'maxStalledCount: 1' },
  ],
  'retry-unanswered': [
    {
      file: 'libs/outcome/src/failure.ts',
      from: "no_answer: { owner: 'provider', then: 'hold'",
      to: "no_answer: { owner: 'provider', then: 'retry'",
    },
    { file: `${lua}/record.lua`, from: "if ARGV[11] == '1' then", to: 'if false then' },
  ],
  unlabelled: [
    {
      file: `${lua}/sweep.lua`,
      from: "revive(ulid, m, ARGV[8], 'd', 1, 'hg', m.g)",
      to: "revive(ulid, m, ARGV[8], 'hg', m.g)",
    },
  ],
  'no-order': [
    { file: `${lua}/prelude.lua`, from: '  if length == 1 then\n', to: '  if length > 0 then\n' },
    {
      file: `${lua}/claim.lua`,
      from: "m.s ~= 'accepted' or call('LINDEX', base .. 'c:' .. m.c, 0) ~= ulid then",
      to: "m.s ~= 'accepted' then",
    },
  ],
  'wide-wait': [
    {
      file: 'libs/provider-whatsapp-cloud/src/error-table.ts',
      from: "code: 'recipient_throttled', scope: 'recipient'",
      to: "code: 'recipient_throttled', scope: 'channel'",
    },
  ],
  'no-pace': [
    { file: 'libs/queue/src/pace.ts', from: 'if (perSecond === null) {', to: 'if (perSecond !== undefined) {' },
    { file: 'libs/queue/src/pace.ts', from: 'if (perSecond === null) return 0;', to: 'return 0;' },
  ],
  'one-gate': [
    {
      file: 'libs/worker/src/consume-sends.ts',
      from: 'const end = await processSend(task);',
      to: 'const end = await (globalThis.gate = (globalThis.gate ?? Promise.resolve()).then(() => processSend(task), () => processSend(task)));',
    },
  ],
  'no-reservation': [
    { file: 'libs/submission/src/create-idempotency.ts', from: 'if standing then return standing end', to: '' },
  ],
  'no-fingerprint': [
    { file: 'libs/submission/src/submission.ts', from: 'if (standing.fingerprint !== print)', to: 'if (false)' },
  ],
  'no-write-back': [{ file: 'libs/worker/src/create-claim-guard.ts', from: 'await writeBack(channel);', to: '' }],
  'no-memory-gate': [
    {
      file: 'libs/runtime/src/watch-redis-memory.ts',
      from: 'refusesWork: () => refused || (ratio ?? 0) >= workRefusedAt',
      to: 'refusesWork: () => false',
    },
    { file: `libs/ledger/src/scripts.ts`, from: 'allowOom: !takesNewWork.has(name)', to: 'allowOom: true' },
  ],
  'unknown-is-dead': [
    {
      file: 'libs/queue/src/consume.ts',
      from: "end = { kind: 'later', afterMs: unreadableMs };",
      to: "end = { kind: 'dead', reason: 'request_invalid: unreadable' };",
    },
  ],

  // Moments.
  'pause-before-claim': [
    {
      file: 'libs/worker/src/consume-sends.ts',
      from: 'claim: (task, options) =>',
      to: 'claim: async (task, options) => (await new Promise((go) => setTimeout(go, 60_000))) ??',
    },
  ],

  // The next release, whose jobs are of version 2.
  'next-jobs': [{ file: `${lua}/prelude.lua`, from: `local data = '{"v":1,`, to: `local data = '{"v":2,` }],
  'next-reader': [
    {
      file: 'libs/queue/src/jobs.ts',
      from: 'export const sendJobSchema = z.object({\n  v: z.literal(1),',
      to: 'export const sendJobSchema = z.object({\n  v: z.literal([1, 2]),',
    },
  ],
};
