import type { BitDepth } from './frame.ts';

/** A value for every sample that a file can hold: over 8 bits any uint16, those above the depth as the highest code. */
export function sampleTable(bitDepth: BitDepth, value: (code: number) => number): Float64Array {
  const codes = 2 ** bitDepth;
  const table = new Float64Array(bitDepth === 8 ? 256 : 65_536);
  for (let code = 0; code < codes; code++) table[code] = value(code);
  return table.fill(table[codes - 1] as number, codes);
}
