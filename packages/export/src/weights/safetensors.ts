import { ByteReader } from './byte-reader.ts';
import { DTYPES, SAFETENSORS_DTYPES } from './dtype.ts';
import { quoted, WeightsError } from './errors.ts';
import { parseSafetensorsHeader, type HeaderEntry } from './safetensors-header.ts';
import { elementCount, type StateDict, type StateTensor } from './state-dict.ts';

/** About 10,000 tensors. The format's own limit is 100 MB, which parsed would be far more than its size. */
const MAX_HEADER_BYTES = 1 << 20;

/**
 * Reads a safetensors file: a u64 header length, a JSON header, and the tensors' bytes. The tensors must cover
 * the data section exactly once, without overlap or hole.
 *
 * @throws WeightsError MALFORMED, TOO_LARGE (header), UNSUPPORTED (dtype)
 * @see https://github.com/huggingface/safetensors/blob/v0.6.2/README.md#format
 */
export function readSafetensors(bytes: Uint8Array): StateDict {
  const reader = new ByteReader(bytes, 'safetensors file');
  const headerLength = reader.u64();
  if (headerLength > reader.remaining) {
    throw malformed(`has a header of ${headerLength} bytes, but ${reader.remaining} bytes follow its length`);
  }
  if (headerLength > MAX_HEADER_BYTES) {
    throw new WeightsError(
      'TOO_LARGE',
      `safetensors header of ${headerLength} bytes exceeds ${MAX_HEADER_BYTES}`,
    );
  }
  const entries = parseSafetensorsHeader(headerText(reader.take(headerLength)));
  const data = reader.take(reader.remaining);
  assertCovered(entries, data.length);
  return new Map(entries.map((entry) => [entry.name, tensorOf(entry, data)]));
}

function headerText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new WeightsError('MALFORMED', 'safetensors header is not utf-8', { cause });
  }
}

function tensorOf({ name, dtype: spelling, shape, begin, end }: HeaderEntry, data: Uint8Array): StateTensor {
  const dtype = SAFETENSORS_DTYPES.get(spelling);
  if (!dtype) {
    throw new WeightsError(
      'UNSUPPORTED',
      `tensor ${quoted(name)} has dtype ${quoted(spelling)}, expected one of ${[...SAFETENSORS_DTYPES.keys()].join(', ')}`,
    );
  }
  const byteLength = elementCount(shape) * DTYPES[dtype].itemSize;
  if (end - begin !== byteLength) {
    throw malformed(
      `tensor ${quoted(name)} of shape [${shape.join(',')}] has ${end - begin} bytes, expected ${byteLength}`,
    );
  }
  return { dtype, shape, bytes: data.subarray(begin, end) };
}

function assertCovered(entries: readonly HeaderEntry[], length: number): void {
  let covered = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== covered || end < begin) {
      throw malformed(
        `tensor ${quoted(name)} is at bytes ${begin} to ${end}, expected to start at ${covered}: tensors overlap or leave a hole`,
      );
    }
    covered = end;
  }
  if (covered !== length) throw malformed(`has ${length} bytes of data, expected ${covered}`);
}

function malformed(problem: string): WeightsError {
  return new WeightsError('MALFORMED', `safetensors file ${problem}`);
}
