import type { TensorData } from '@vqforge/runtime';
import { DATATYPES, type DatatypeName } from './datatypes.ts';
import { ServerError } from './errors.ts';
import type { TensorSpec } from './model-interface.ts';

export interface TensorLimits {
  /** Items of a batch: size of the first dimension. */
  readonly batch: number;
  /** Bytes of one tensor, in its element type. */
  readonly tensorBytes: number;
}

/**
 * Number of elements of a shape that fits the model, found before anything of that size is allocated.
 *
 * @throws ServerError INVALID_TENSOR | TOO_LARGE
 */
export function elementCount(
  spec: TensorSpec,
  datatype: DatatypeName,
  shape: readonly unknown[],
  limits: TensorLimits,
): number {
  if (shape.length !== spec.shape.length) throw wrongShape(spec, shape);
  const limit = limits.tensorBytes / DATATYPES[datatype].bytes;
  let count = 1;
  for (const [axis, dim] of shape.entries()) {
    if (typeof dim !== 'number' || !Number.isSafeInteger(dim) || dim < 1) throw wrongShape(spec, shape);
    const expected = spec.shape[axis] as number;
    if (expected !== -1 && dim !== expected) throw wrongShape(spec, shape);
    if (axis === 0 && expected === -1 && dim > limits.batch) {
      throw new ServerError(
        'TOO_LARGE',
        `input ${spec.name}: a batch of ${dim} is more than the ${limits.batch} this server takes; send fewer at a time`,
      );
    }
    // both factors are safe integers, so a product beyond 2^53 is inexact but never small
    count *= dim;
    if (count > limit) {
      throw new ServerError(
        'TOO_LARGE',
        `input ${spec.name}: ${shapeText(shape)} ${datatype} is more than the ${limits.tensorBytes} bytes this server takes per tensor`,
      );
    }
  }
  return count;
}

/**
 * Values that came as JSON: flat in row-major order, or nested as the shape says.
 *
 * @throws ServerError INVALID_TENSOR | NOT_FINITE
 */
export function dataFromJson(
  spec: TensorSpec,
  datatype: DatatypeName,
  shape: readonly number[],
  count: number,
  data: unknown,
): TensorData {
  if (!Array.isArray(data)) {
    throw new ServerError('INVALID_TENSOR', `input ${spec.name}: data is not an array of values`);
  }
  const isNested = Array.isArray(data[0]) && shape.length > 1;
  const levels = isNested ? shape : [count];
  checkLengths(spec, levels, 0, data);
  const values = DATATYPES[datatype].create(count);
  let at = 0;
  const fill = (node: readonly unknown[], level: number): void => {
    if (level < levels.length - 1) {
      for (const child of node) fill(child as unknown[], level + 1);
      return;
    }
    for (const value of node) {
      if (typeof value !== 'number') throw notANumber(spec, datatype, value);
      values[at] = value;
      // 1e39 is a number that float32 has not; 1e999 is infinite already
      if (datatype === 'UINT8' ? values[at] !== value : !Number.isFinite(values[at])) {
        throw notANumber(spec, datatype, value);
      }
      at += 1;
    }
  };
  fill(data, 0);
  return values;
}

/** Every level has as many entries as the shape says, so that the array to fill is neither too long nor too short. */
function checkLengths(spec: TensorSpec, levels: readonly number[], level: number, node: unknown): void {
  const expected = levels[level] as number;
  if (!Array.isArray(node) || node.length !== expected) {
    const got = Array.isArray(node) ? `${node.length}` : 'none';
    throw new ServerError(
      'INVALID_TENSOR',
      `input ${spec.name}: expected ${expected} ${level < levels.length - 1 ? 'rows' : 'values'} in data, got ${got}; shape and data must agree`,
    );
  }
  if (level === levels.length - 1) return;
  for (const child of node) checkLengths(spec, levels, level + 1, child);
}

/**
 * Values that came as bytes, little-endian in row-major order.
 *
 * @throws ServerError INVALID_TENSOR | NOT_FINITE
 */
export function dataFromBytes(
  spec: TensorSpec,
  datatype: DatatypeName,
  count: number,
  bytes: Uint8Array,
): TensorData {
  const expected = count * DATATYPES[datatype].bytes;
  if (bytes.length !== expected) {
    throw new ServerError(
      'INVALID_TENSOR',
      `input ${spec.name}: expected ${expected} bytes for ${count} ${datatype} values, got a binary_data_size of ${bytes.length}`,
    );
  }
  return DATATYPES[datatype].view(bytes);
}

function notANumber(spec: TensorSpec, datatype: DatatypeName, value: unknown): ServerError {
  const code = typeof value === 'number' && datatype !== 'UINT8' ? 'NOT_FINITE' : 'INVALID_TENSOR';
  const got = typeof value === 'number' ? `${value}` : value === null ? 'null' : `a ${typeof value}`;
  return new ServerError(code, `input ${spec.name}: expected values that ${datatype} can hold, got ${got}`);
}

function wrongShape(spec: TensorSpec, shape: readonly unknown[]): ServerError {
  return new ServerError(
    'INVALID_TENSOR',
    `input ${spec.name}: expected shape ${shapeText(spec.shape)}, where -1 is any size of at least 1, got ${shapeText(shape)}`,
  );
}

/** A hostile shape is long and holds anything. */
function shapeText(shape: readonly unknown[]): string {
  const dims = shape.slice(0, 8).map((dim) => (typeof dim === 'number' ? `${dim}` : `(${typeof dim})`));
  return `[${dims.join(',')}${shape.length > 8 ? ',…' : ''}]`;
}
