import type { Clock } from '@posthorn/runtime';

/** What is measured for Prometheus is this old at most: several may ask, and more often than anything changes. */
const freshMs = 10_000;

/**
 * For gauges that are measured together: whichever Prometheus reads first measures, the others wait for it, and who asks again within
 * ten seconds gets the same.
 */
export function measureTogether(
  measure: () => Promise<void>,
  { clock }: { readonly clock: Clock },
): () => Promise<void> {
  let freshUntilMs = -Infinity;
  let measuring: Promise<void> | null = null;
  return async () => {
    if (measuring === null) {
      if (clock.now() < freshUntilMs) return;
      freshUntilMs = clock.now() + freshMs;
      measuring = measure()
        .catch((error: unknown) => {
          freshUntilMs = -Infinity;
          throw error;
        })
        .finally(() => {
          measuring = null;
        });
    }
    await measuring;
  };
}

const askedAtOnce = 50;

/** Asks about many things, so many at a time that Redis gets other work done in between. */
export async function askAll<Thing, Answer>(
  things: readonly Thing[],
  ask: (thing: Thing) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let from = 0; from < things.length; from += askedAtOnce) {
    answers.push(...(await Promise.all(things.slice(from, from + askedAtOnce).map(ask))));
  }
  return answers;
}
