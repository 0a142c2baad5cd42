import { quoted, WeightsError } from './errors.ts';
import { readSafetensors } from './safetensors.ts';
import type { StateDict } from './state-dict.ts';
import { readTorchLegacy } from './torch-legacy.ts';
import { readTorchZip } from './torch-zip.ts';

/** Formats of files of weights. */
export type WeightContainer = 'torch-zip' | 'torch-legacy' | 'safetensors';

/** Options of `readWeights`. */
export interface ReadWeightsOptions {
  /** Refuse larger files. The largest file that is needed, torchvision's VGG16, has 528 MiB. */
  readonly maxBytes?: number;
}

/** A weight file that was read. */
export interface Weights {
  readonly container: WeightContainer;
  readonly stateDict: StateDict;
}

const READERS: Readonly<Record<WeightContainer, (bytes: Uint8Array) => StateDict>> = {
  'torch-zip': readTorchZip,
  'torch-legacy': readTorchLegacy,
  safetensors: readSafetensors,
};

/**
 * Reads a weight file, whichever of the three containers it is in, without executing anything in it.
 * Tensors are views of `bytes` where possible, and copies of at most `bytes.length` in total otherwise.
 *
 * @throws WeightsError every code but STATE_DICT_MISMATCH and NOT_FINITE
 */
export function readWeights(bytes: Uint8Array, { maxBytes = 2 ** 30 }: ReadWeightsOptions = {}): Weights {
  if (bytes.length > maxBytes) {
    const problem = `weight file has ${bytes.length} bytes, expected at most ${maxBytes}`;
    throw new WeightsError('TOO_LARGE', problem);
  }
  const container = containerOf(bytes);
  // a Node Buffer becomes a plain Uint8Array, so that views of it are plain too
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { container, stateDict: READERS[container](plain) };
}

function containerOf(bytes: Uint8Array): WeightContainer {
  const start = Buffer.from(bytes.subarray(0, 512)).toString('latin1');
  if (start.startsWith('PK')) return 'torch-zip';
  // the brace must open the header: neither space nor byte order mark before it
  if (start[8] === '{') return 'safetensors';
  // 0x80 opens a binary pickle; GLOBAL or MARK opens a text one, which is read so that its callable can be named
  if (/^[\x80c(]/.test(start)) return 'torch-legacy';
  const known = recognised(start);
  if (known) throw new WeightsError('UNSUPPORTED', `weight file is ${known}`);
  throw new WeightsError(
    'UNKNOWN_CONTAINER',
    `weight file starts with ${quoted(start.slice(0, 16))}, expected a .pth file of torch.save or a safetensors file`,
  );
}

/** POSIX and GNU tar carry "ustar" at byte 257 of the first header. */
function recognised(start: string): string | undefined {
  if (start.startsWith('ustar', 257)) {
    return 'a tar archive, as the oldest PyTorch wrote: load it in python and save it again';
  }
  if (start.startsWith('\x1f\x8b')) return 'compressed by gzip: decompress it first';
  return undefined;
}
