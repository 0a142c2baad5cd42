import { compactJson, sha256 } from '@vqforge/base';

/** One column's part in the content digest. */
export interface ColumnDigest {
  readonly name: string;
  readonly role: 'key' | 'teacher' | 'feature';
  readonly type: 'string' | 'uint32' | 'float64';
  /** @see columnDigest */
  readonly sha256: string;
}

/**
 * The content digest of a table: sha256 of the compact canonical JSON of
 * `{columns: [{name, role, sha256, type}…], format: "vqforge-feature-table-1", rows}`, with the columns in the order
 * source, dis_basename, frame_index (those there are; of probes, probe_index), teacher, its unclipped column where the table has
 * one, features (as selected).
 *
 * It depends on the names, types and values of these columns in canonical row order and on nothing else: not on
 * row groups, codec, encoding, column order, row order, extra columns or the split into files.
 */
export function contentDigest(rows: number, columns: readonly ColumnDigest[]): string {
  return sha256(compactJson({ format: 'vqforge-feature-table-1', rows, columns }));
}
