import { addDelayedJob } from 'bullmq/dist/cjs/scripts/addDelayedJob-6.js';
import { addPrioritizedJob } from 'bullmq/dist/cjs/scripts/addPrioritizedJob-9.js';
import { addStandardJob } from 'bullmq/dist/cjs/scripts/addStandardJob-9.js';

/**
 * Lua source that defines `add_job(queue, id, name, data, priority, delay_ms, now_ms)` for scripts that must add a job only
 * *if* (MULTI cannot). `queue` is the key prefix of a BullMQ queue; adding an id that is there already does nothing.
 *
 * The bodies are BullMQ's own add scripts, taken from the installed package and wrapped as functions, so that the
 * jobs are exactly BullMQ's; `add-job-lua.test.ts` holds them against `queue.add`. BullMQ is pinned (ADR 0002).
 */
export function addJobLua(): string {
  return `
local function bull_standard(KEYS, ARGV)
${addStandardJob.content}
end
local function bull_prioritized(KEYS, ARGV)
${addPrioritizedJob.content}
end
local function bull_delayed(KEYS, ARGV)
${addDelayedJob.content}
end
local function add_job(queue, id, name, data, priority, delay, now)
  local options = { attempts = 0 }
  local arguments = cmsgpack.pack({ queue, id, name, now })
  if priority > 0 then options.priority = priority end
  if delay > 0 then
    options.delay = delay
    return bull_delayed({ queue .. 'marker', queue .. 'meta', queue .. 'id', queue .. 'delayed', queue .. 'completed', queue .. 'events' },
      { arguments, data, cmsgpack.pack(options) })
  elseif priority > 0 then
    return bull_prioritized({ queue .. 'marker', queue .. 'meta', queue .. 'id', queue .. 'prioritized', queue .. 'delayed',
      queue .. 'completed', queue .. 'active', queue .. 'events', queue .. 'pc' }, { arguments, data, cmsgpack.pack(options) })
  end
  return bull_standard({ queue .. 'wait', queue .. 'paused', queue .. 'meta', queue .. 'id', queue .. 'completed', queue .. 'delayed',
    queue .. 'active', queue .. 'events', queue .. 'marker' }, { arguments, data, cmsgpack.pack(options) })
end
`;
}
