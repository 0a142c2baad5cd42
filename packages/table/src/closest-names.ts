/**
 * Names most like `wanted`, nearest first: those within a third of its length by Levenshtein distance,
 * ignoring case, at most three. For "did you mean" in messages.
 *
 * @see https://en.wikipedia.org/wiki/Levenshtein_distance
 * @example closestNames('vif_scale_0', ['vif_scale0', 'adm2']) // => ['vif_scale0']
 */
export function closestNames(wanted: string, candidates: Iterable<string>): string[] {
  const limit = Math.max(1, Math.floor(wanted.length / 3));
  const near: { name: string; distance: number }[] = [];
  for (const name of candidates) {
    if (Math.abs(name.length - wanted.length) > limit) continue; // also keeps the table small on hostile names
    const distance = editDistance(wanted.toLowerCase(), name.toLowerCase());
    if (distance <= limit) near.push({ name, distance });
  }
  return near
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ name }) => name);
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(substitution, previous[j]! + 1, current[j - 1]! + 1));
    }
    previous = current;
  }
  return previous[b.length]!;
}
