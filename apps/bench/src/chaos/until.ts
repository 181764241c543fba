import { setTimeout as delay } from 'node:timers/promises';

/** Looks until it is so, or the time is over. A look that fails counts as no. */
export async function until(look: () => Promise<boolean>, withinMs: number, everyMs = 50): Promise<boolean> {
  const giveUp = performance.now() + withinMs;
  for (;;) {
    if (await look().catch(() => false)) return true;
    if (performance.now() > giveUp) return false;
    await delay(everyMs);
  }
}

/** The same where the harness itself cannot go on without it. */
export async function must(what: string, look: () => Promise<boolean>, withinMs = 30_000, everyMs = 50): Promise<void> {
  if (!(await until(look, withinMs, everyMs))) throw new Error(`waited ${withinMs / 1_000} s in vain for ${what}`);
}
