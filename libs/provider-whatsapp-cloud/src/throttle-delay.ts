import { z } from 'zod';

const usage = z.object({
  call_count: z.number().optional().catch(undefined),
  total_time: z.number().optional().catch(undefined),
  total_cputime: z.number().optional().catch(undefined),
  estimated_time_to_regain_access: z.number().optional().catch(undefined),
});
type Usage = z.infer<typeof usage>;
const appUsage = usage.catch({});
const businessUsage = z.record(z.string(), z.array(usage.catch({})).catch([])).catch({});

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/**
 * How long an account's throttle lasts by Meta's usage headers, in milliseconds; 0 where they do not tell.
 * `X-Business-Use-Case-Usage` names the minutes. `X-App-Usage` holds percentages of a moving hour: above 100 the excess has to
 * age out, which takes its share of that hour. Source: developers.facebook.com/docs/graph-api/overview/rate-limiting, read 2026-11.
 */
export function throttleDelayMs(headers: Readonly<Record<string, string>>): number {
  const app = appUsage.parse(parsed(headers['x-app-usage']));
  const business = Object.values(businessUsage.parse(parsed(headers['x-business-use-case-usage']))).flat();
  return Math.max(regainMs(app), excessMs(app), ...business.map(regainMs));
}

function regainMs({ estimated_time_to_regain_access: minutes = 0 }: Usage): number {
  return minutes > 0 ? Math.round(minutes * minuteMs) : 0;
}

function excessMs({ call_count = 0, total_time = 0, total_cputime = 0 }: Usage): number {
  const percent = Math.max(call_count, total_time, total_cputime);
  return percent > 100 ? Math.round((hourMs * (percent - 100)) / percent) : 0;
}

function parsed(header: string | undefined): unknown {
  try {
    return JSON.parse(header ?? '{}');
  } catch {
    return {};
  }
}
