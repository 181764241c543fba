import type { HttpCaller } from '../http-caller.ts';
import type { Line } from './context.ts';
import type { Asked } from './read-send.ts';

const HOUR_MS = 3_600_000;

/** The status that refuses a message at once, or null. */
export function refusalOf(line: Line, asked: Asked, nowMs: number): number | null {
  const { account, taken } = line;
  if (asked.messageId !== null && taken.has(asked.messageId)) return 23;
  if (account.allowList !== null && !account.allowList.includes(asked.to)) return 18;
  if (account.credits === 0) return 12;
  return account.floodingFilter && isFlood(line, asked, nowMs) ? 20 : null;
}

/** 20 different or 6 equal messages an hour to one number. */
function isFlood({ recent }: Line, { to, content }: Asked, nowMs: number): boolean {
  const sent = (recent.get(to) ?? []).filter(({ atMs }) => nowMs - atMs < HOUR_MS);
  const same = JSON.stringify(content);
  return new Set(sent.map((one) => one.content)).size >= 20 || sent.filter((one) => one.content === same).length >= 6;
}

/** Why the message will not arrive, or null. */
export function failureOf({ account, openUntilMs }: Line, asked: Asked, nowMs: number): number | null {
  const isOpen = (openUntilMs.get(asked.to) ?? 0) > nowMs;
  if (account.customerWindow && asked.type !== 'template' && !isOpen) return 7010;
  const hosts = asked.links.map((link) => new URL(link).hostname);
  return (
    Object.entries(account.failingLinks).find(([ending]) => hosts.some((host) => host.endsWith(ending)))?.[1] ?? null
  );
}

/**
 * Asks for files as Infobip does: HEAD, then GET. Both must answer 200, with the same type and size. Only links on this machine
 * are asked for: no call leaves it.
 */
export async function fetches(http: HttpCaller, links: readonly string[]): Promise<boolean> {
  for (const link of links) {
    if (!/^(?:127\.0\.0\.1|localhost|\[::1\])$/.test(new URL(link).hostname)) continue;
    const head = await http.probe('HEAD', link);
    const got = head?.status === 200 ? await http.probe('GET', link) : null;
    if (got?.status !== 200 || got.contentType !== head?.contentType || got.bytes !== head.bytes) return false;
  }
  return true;
}
