/** Enough to fill a pipeline to Redis, few enough that a batch does not push single requests aside. */
const atOnce = 64;

/**
 * Does the work of each entry, many at once, but one after another where they name the same conversation.
 * Results come in the order of the entries.
 */
export async function inOrder<Entry extends { readonly conversation: string | null }, Result>(
  entries: readonly Entry[],
  work: (entry: Entry) => Promise<Result>,
): Promise<readonly Result[]> {
  const waiting = group(entries).values();
  const results = new Map<number, Result>();
  async function run(): Promise<void> {
    for (const indexes of waiting) {
      for (const index of indexes) {
        const entry = entries[index];
        if (entry !== undefined) results.set(index, await work(entry));
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, entries.length) }, run));
  return entries.flatMap((_entry, index) => {
    const result = results.get(index);
    return result === undefined ? [] : [result];
  });
}

function group(entries: readonly { readonly conversation: string | null }[]): readonly number[][] {
  const groups: number[][] = [];
  const groupByConversation = new Map<string, number[]>();
  entries.forEach(({ conversation }, index) => {
    const known = conversation === null ? undefined : groupByConversation.get(conversation);
    if (known !== undefined) {
      known.push(index);
      return;
    }
    const fresh = [index];
    groups.push(fresh);
    if (conversation !== null) groupByConversation.set(conversation, fresh);
  });
  return groups;
}
