/**
 * Works on a few items at once and gives the results in the order of the items. A new item is taken only when fewer than
 * `ahead` results wait, so that memory is bounded. The first failure, in the order of the items, ends the loop.
 *
 * @param ahead how many items are worked on at once, at least 1
 * @example
 * for await (const square of inOrder([1, 2, 3], 2, async (x) => x * x)) console.log(square); // => 1 4 9
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
