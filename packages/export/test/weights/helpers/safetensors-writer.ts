import { concat, u64 } from './bytes.ts';

export interface SafetensorsSource {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** A safetensors file with the tensors in the order given, header padded with spaces to 8 bytes as its authors do. */
export function safetensors(
  tensors: readonly SafetensorsSource[],
  metadata?: Readonly<Record<string, string>>,
): Uint8Array {
  let begin = 0;
  const entries = tensors.map(({ name, dtype, shape, bytes }) => {
    const end = begin + bytes.length;
    const entry = [name, { dtype, shape, data_offsets: [begin, end] }] as const;
    begin = end;
    return entry;
  });
  const header = Object.fromEntries<unknown>([
    ...(metadata ? [['__metadata__', metadata] as const] : []),
    ...entries,
  ]);
  const json = JSON.stringify(header);
  return withHeader(
    json.padEnd(Math.ceil(json.length / 8) * 8),
    concat(...tensors.map(({ bytes }) => bytes)),
  );
}

/** Any header text over any data. */
export function withHeader(
  header: string,
  data: Uint8Array = new Uint8Array(),
  length?: number | bigint,
): Uint8Array {
  const utf8 = Buffer.from(header, 'utf8');
  return concat(u64(length ?? utf8.length), utf8, data);
}
