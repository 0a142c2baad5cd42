import { decodeModel, encodeModel } from './codec.ts';
import { OnnxError } from './errors.ts';
import { describeFindings, quote } from './finding.ts';
import { DATA_TYPE_BYTES, DATA_TYPE_NUMBER, dataTypeOf } from './model.ts';
import { encodeModelRecord, readModelRecord, type ModelRecord, type TensorRecord } from './record.ts';
import { scanWire } from './scan.ts';
import { MAX_MODEL_BYTES } from '@vqforge/base';

/** TensorProto.DataLocation.EXTERNAL (onnx.proto). */
const EXTERNAL = 1;

/** A tensor whose elements lie in another file: https://onnx.ai/onnx/repo-docs/ExternalData.html */
export interface ExternalTensor {
  readonly name: string;
  /** As the model names it, relative to its own folder; not checked. */
  readonly location: string;
  readonly offset: number;
  readonly bytes: number;
}

/** Where a model keeps its tensors' elements. */
export interface TensorPlacement {
  /** Bytes of the model's weights, wherever they lie: floating-point tensors that are more than a scalar constant. */
  readonly weightBytes: number;
  readonly external: readonly ExternalTensor[];
}

/**
 * Which tensors lie in other files, for a model that may be read in every other respect.
 *
 * @throws OnnxError FORBIDDEN | MALFORMED | UNSUPPORTED when the model is refused for another reason
 */
export function tensorPlacement(bytes: Uint8Array): TensorPlacement {
  const tensors = tensorsOf(decodeWithExternalData(bytes));
  return {
    weightBytes: tensors.filter(isWeight).reduce((total, tensor) => total + byteLength(tensor), 0),
    external: tensors.filter(isExternal).map(externalTensor),
  };
}

/**
 * The model as one self-contained file, as encodeModel writes it: elements from other files inside, and nothing left
 * that has no effect on any result.
 *
 * @param files content of each location that the model names
 * @throws OnnxError MALFORMED when a file is missing or shorter than the model says
 * @throws OnnxError TOO_LARGE when the result would be
 * @throws OnnxError FORBIDDEN | UNSUPPORTED when the model is refused for another reason
 */
export function inlineExternalData(bytes: Uint8Array, files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const model = decodeWithExternalData(bytes);
  const external = tensorsOf(model).filter(isExternal);
  const added = external.reduce((total, tensor) => total + byteLength(tensor), 0);
  if (bytes.length + added > MAX_MODEL_BYTES) {
    throw new OnnxError(
      'TOO_LARGE',
      `model with its external data has ${bytes.length + added} bytes, allowed are ${MAX_MODEL_BYTES}`,
    );
  }
  for (const tensor of external) {
    const { name, location, offset, bytes: length } = externalTensor(tensor);
    const file = files.get(location);
    if (file === undefined || offset + length > file.length) {
      const got = file === undefined ? 'is not there' : `has ${file.length}`;
      const wanted = `bytes ${offset} to ${offset + length} of ${quote(location)}`;
      throw malformed(name, `needs ${wanted}, which ${got}`);
    }
    tensor.raw_data = file.subarray(offset, offset + length);
    delete tensor.external_data;
    delete tensor.data_location;
  }
  return encodeModel(decodeModel(encodeModelRecord(model)));
}

function decodeWithExternalData(bytes: Uint8Array): ModelRecord {
  const { wire, findings } = scanWire(bytes, { ops: 'any' });
  const refused = findings.filter(({ code }) => code !== 'UNSTRIPPED' && code !== 'EXTERNAL_DATA');
  if (wire === undefined || refused.length > 0)
    throw new OnnxError('FORBIDDEN', `model refused: ${describeFindings(refused, 3)}`);
  return readModelRecord(wire);
}

/** All tensors of a model without control flow: initializers and attributes of nodes. */
function tensorsOf({ graph }: ModelRecord): TensorRecord[] {
  const attributes = (graph?.node ?? []).flatMap(({ attribute }) => attribute ?? []);
  return [
    ...(graph?.initializer ?? []),
    ...attributes.flatMap(({ t, tensors }) => [...(t ? [t] : []), ...(tensors ?? [])]),
  ];
}

function isWeight(tensor: TensorRecord): boolean {
  const isFloat =
    tensor.data_type === DATA_TYPE_NUMBER.float32 || tensor.data_type === DATA_TYPE_NUMBER.float64;
  return isExternal(tensor) || (isFloat && (tensor.dims ?? []).length > 0);
}

function isExternal(tensor: TensorRecord): boolean {
  return tensor.data_location === EXTERNAL || (tensor.external_data ?? []).length > 0;
}

function externalTensor(tensor: TensorRecord): ExternalTensor {
  const name = tensor.name ?? '';
  const values = new Map((tensor.external_data ?? []).map(({ key, value }) => [key ?? '', value ?? '']));
  const location = values.get('location');
  if (location === undefined) throw malformed(name, 'is external and names no location');
  const bytes = byteLength(tensor);
  const length = count(values.get('length') ?? String(bytes), name);
  if (length !== bytes) throw malformed(name, `needs ${bytes} bytes, its external data have ${length}`);
  return { name, location, offset: count(values.get('offset') ?? '0', name), bytes };
}

function count(text: string, name: string): number {
  // fifteen digits are exact in a double
  if (/^[0-9]{1,15}$/.test(text)) return Number(text);
  throw malformed(name, `has external data at ${quote(text)}, expected a number of bytes`);
}

function byteLength({ name = '', dims = [], data_type: dataType }: TensorRecord): number {
  const type = dataTypeOf(dataType);
  if (type === undefined) throw new OnnxError('UNSUPPORTED', `tensor ${quote(name)} has type ${dataType}`);
  const sizes = dims.map(Number);
  const length = sizes.reduce((product, dim) => product * dim, DATA_TYPE_BYTES[type]);
  if (sizes.every((dim) => dim >= 0) && Number.isSafeInteger(length)) return length;
  throw malformed(name, `has dims [${sizes.slice(0, 8).join(', ')}]`);
}

function malformed(name: string, problem: string): OnnxError {
  return new OnnxError('MALFORMED', `tensor ${quote(name)} ${problem}`);
}
