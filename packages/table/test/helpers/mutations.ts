import { writeFile } from 'node:fs/promises';
import { loadFeatureTable, TableError, type FeatureTable } from '@vqforge/table';

/** What became of one damaged file. */
export interface Outcome {
  /** `refused` with a code, `same` table, other `values` in the same rows and columns, or a `wrong` answer. */
  readonly kind: 'refused' | 'same' | 'values' | 'wrong';
  readonly detail: string;
  readonly milliseconds: number;
}

/** Damages a copy in one place: a bit, a byte, a stretch of zeros, lost, repeated or swapped bytes. */
export function mutate(original: Buffer, random: () => number): { bytes: Buffer; inFooter: boolean } {
  const below = (limit: number): number => Math.floor(random() * limit);
  const footerStart = original.length - 8 - original.readUInt32LE(original.length - 8);
  const inFooter = random() < 0.5; // a tenth of the bytes, and most of what can go wrong
  const at = inFooter ? footerStart + below(original.length - footerStart) : below(footerStart);
  const length = Math.min(1 + below(64), original.length - at);
  const bytes = Buffer.from(original);
  const kinds = [
    () => bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << below(8)), at),
    () => bytes.writeUInt8(below(256), at),
    () => bytes.writeUInt8([0x00, 0xff, 0x7f, 0x80][below(4)] ?? 0, at),
    () => bytes.fill(0, at, at + length),
    () => bytes.copy(bytes, at, below(original.length - length)),
  ];
  const resized = [
    () => bytes.subarray(0, at),
    () => Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]),
    () => Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]),
  ];
  if (random() < 0.15) return { bytes: resized[below(resized.length)]?.() ?? bytes, inFooter };
  kinds[Math.floor(Math.pow(random(), 2) * kinds.length)]?.(); // single bytes most often
  return { bytes, inFooter };
}

/** Loads the bytes as a file and compares with the table of the undamaged file. */
export async function outcome(path: string, bytes: Buffer, expected: FeatureTable): Promise<Outcome> {
  await writeFile(path, bytes);
  const start = performance.now();
  const result = await loadFeatureTable({ paths: [path], features: expected.featureColumns }).catch(
    (error: unknown) => error,
  );
  return { ...judge(result, expected), milliseconds: performance.now() - start };
}

function judge(result: unknown, expected: FeatureTable): Omit<Outcome, 'milliseconds'> {
  if (result instanceof TableError) return { kind: 'refused', detail: result.code };
  if (result instanceof Error) return { kind: 'wrong', detail: `not a TableError: ${String(result)}` };
  const table = result as FeatureTable;
  if (table.rows !== expected.rows) return { kind: 'wrong', detail: `${table.rows} rows` };
  const schema = ({ columnDigests }: FeatureTable): string =>
    columnDigests.map(({ name, type }) => `${name} ${type}`).join();
  if (schema(table) !== schema(expected)) return { kind: 'wrong', detail: schema(table) };
  if (table.contentDigest === expected.contentDigest) return { kind: 'same', detail: '' };
  const changed = table.columnDigests.filter(({ sha256 }, i) => sha256 !== expected.columnDigests[i]?.sha256);
  return { kind: 'values', detail: changed.map(({ name }) => name).join() };
}
