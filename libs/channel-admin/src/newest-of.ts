/** The newest of several sources, each of which gives its own newest first; no source is read further than that takes. */
export async function newestOf<Row>(
  sources: readonly AsyncIterator<Row, void>[],
  { limit, isNewer }: { readonly limit: number; readonly isNewer: (a: Row, b: Row) => boolean },
): Promise<readonly Row[]> {
  const heads = await Promise.all(sources.map(async (source) => ({ source, next: await source.next() })));
  const found: Row[] = [];
  while (found.length < limit) {
    let newest: { readonly row: Row; readonly head: (typeof heads)[number] } | null = null;
    for (const head of heads)
      if (head.next.done !== true && (newest === null || isNewer(head.next.value, newest.row)))
        newest = { row: head.next.value, head };
    if (newest === null) break;
    found.push(newest.row);
    if (found.length < limit) newest.head.next = await newest.head.source.next();
  }
  return found;
}
