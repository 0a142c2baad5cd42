import { counted } from '@vqforge/base';
import { TableError } from './errors.ts';
import type { ArrangedKeys } from './arranged-table.ts';
import { locate } from './invalid-values.ts';
import type { Place } from './read-places.ts';

const FIRST_DUPLICATES = 3; // a message is one line

/**
 * In canonical order, rows with the same key are adjacent. A table without dis_basename or frame_index has no key
 * that could repeat.
 *
 * @param order where each row of the table was among the rows of all files
 * @throws TableError DUPLICATE_KEY
 */
export function assertUniqueKeys(
  { source, disBasename, frameIndex, probeIndex }: ArrangedKeys,
  order: Uint32Array,
  pieces: readonly Place[],
): void {
  if (probeIndex !== undefined) return assertAscending(probeIndex, order, pieces);
  if (source === undefined || disBasename === undefined || frameIndex === undefined) return;
  const first: string[] = [];
  let count = 0;
  for (let row = 1; row < order.length; row++) {
    if (frameIndex[row] !== frameIndex[row - 1]) continue;
    if (disBasename.codes[row] !== disBasename.codes[row - 1] || source.codes[row] !== source.codes[row - 1])
      continue;
    if (++count > FIRST_DUPLICATES) continue;
    const key = [
      source.names[source.codes[row]!],
      disBasename.names[disBasename.codes[row]!],
      frameIndex[row],
    ].join(' / ');
    first.push(`${key} (${locate([order[row - 1]!, order[row]!], pieces)})`);
  }
  if (count === 0) return;
  const more = count > first.length ? '; …' : '';
  const expected = 'expected one row per source, dis_basename and frame_index';
  throw new TableError(
    'DUPLICATE_KEY',
    `${counted(count, 'row')} with the key of another: ${first.join('; ')}${more}; ${expected}`,
  );
}

function assertAscending(probeIndex: Uint32Array, order: Uint32Array, pieces: readonly Place[]): void {
  const row = probeIndex.findIndex((index, i) => i > 0 && index === probeIndex[i - 1]);
  if (row === -1) return;
  throw new TableError(
    'DUPLICATE_KEY',
    `probe_index ${probeIndex[row]} occurs twice (${locate([order[row - 1]!, order[row]!], pieces)}), expected one row per probe`,
  );
}
