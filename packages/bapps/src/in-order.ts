/**
 * Works on a few items at once and gives the results in the order of the items. The first failure ends it.
 *
 * @param ahead how many at once
 */
export async function* inOrder<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  ahead: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const running: Promise<R>[] = [];
  for await (const item of items) {
    const result = work(item);
    // a failure is met when its turn comes; until then it is not an unhandled one
    result.catch(() => undefined);
    running.push(result);
    if (running.length === ahead) yield await (running.shift() as Promise<R>);
  }
  for (const result of running) yield await result;
}

/** Items in groups of a size; the last one may be smaller. */
export async function* inGroups<T>(
  items: AsyncIterable<T>,
  size: number,
): AsyncGenerator<T[], void, undefined> {
  let group: T[] = [];
  for await (const item of items) {
    group.push(item);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}
