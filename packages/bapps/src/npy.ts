/**
 * The one number of a NumPy array file: shape () or (1,), float32 or float64 of either byte order, header version 1 or
 * 2 (3 differs only in field names, which a plain array has not).
 *
 * @param bytes a whole .npy file
 * @returns the number, NaN and infinities included
 * @throws Error with the reason alone; the caller knows the file
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export function readNpyNumber(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isNpy = bytes.length >= 12 && MAGIC.every((byte, at) => bytes[at] === byte);
  if (!isNpy) throw new Error('is not a .npy file');
  const version = bytes[6] as number;
  if (version < 1 || version > 3) throw new Error(`is of .npy version ${version}, expected 1, 2 or 3`);
  const preamble = version === 1 ? 10 : 12;
  const dataStart = preamble + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (dataStart > bytes.length) throw new Error('ends in its header');
  const header = Buffer.from(bytes.subarray(preamble, dataStart)).toString('latin1');
  const [, order, size] = /'descr'\s*:\s*'([<>])f([48])'/.exec(header) ?? [];
  if (order === undefined) throw new Error('does not hold float32 or float64 numbers');
  const shape = /'shape'\s*:\s*\(([\d\s,]*)\)/.exec(header)?.[1];
  const dims = shape?.split(',').filter((dim) => dim.trim() !== '') ?? ['none'];
  if (dims.some((dim) => Number(dim) !== 1)) throw new Error(`has shape (${dims.join(', ')}), expected (1,)`);
  if (bytes.length !== dataStart + Number(size))
    throw new Error(`has ${bytes.length - dataStart} bytes of data, expected ${size}`);
  return size === '4' ? view.getFloat32(dataStart, order === '<') : view.getFloat64(dataStart, order === '<');
}

/** A .npy file of version 1.0 with one float64, shape (1,). */
export function writeNpyNumber(value: number): Uint8Array {
  const description = "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }";
  // NumPy starts the data at a multiple of 64
  const bytes = Buffer.alloc(128 + 8, ' ');
  bytes.set(MAGIC);
  bytes[6] = 1;
  bytes[7] = 0;
  bytes.writeUInt16LE(128 - 10, 8);
  bytes.write(description, 10, 'latin1');
  bytes.write('\n', 127);
  bytes.writeDoubleLE(value, 128);
  return bytes;
}

/** '\x93NUMPY' */
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
