import onnxProto, { type onnx } from 'onnx-proto';
import { OnnxError } from './errors.ts';
import type { OnnxErrorCode } from './errors.ts';
import { describeFindings } from './finding.ts';
import { DATA_TYPE_BYTES, DATA_TYPE_NUMBER } from './model.ts';
import type { Attribute, DataType, Dim, Graph, Model, Node, Tensor, ValueInfo } from './model.ts';
import { scanModel } from './scan.ts';
import type { ScanCode } from './scan.ts';
import { tensorRaw } from './tensor-data.ts';
import type { Int64 } from './tensor-data.ts';
import { MAX_MODEL_BYTES } from '@vqforge/base';

const { ModelProto } = onnxProto.onnx;
const { AttributeType } = onnxProto.onnx.AttributeProto;

/**
 * Serialises a model to ONNX protobuf bytes. The same model always gives the same bytes: fields ascend by number,
 * tensor values are raw little-endian data, attributes keep the order of the record.
 *
 * @throws OnnxError INVALID_GRAPH when a value has no ONNX encoding: an integer outside ±2^53, a tensor whose bytes
 * do not match its dims, a dimension that is neither a size nor a name
 * @see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
export function encodeModel(model: Model): Uint8Array {
  const message: onnx.IModelProto = {
    irVersion: integer(model.irVersion, 'irVersion'),
    ...(model.producerName !== '' && { producerName: model.producerName }),
    graph: encodeGraph(model.graph),
    opsetImport: [{ version: integer(model.opset, 'opset') }],
  };
  // The writer answers with a slice of Node's buffer pool: copy it out as a plain array that owns its memory.
  return new Uint8Array(ModelProto.encode(message).finish());
}

function encodeGraph(graph: Graph): onnx.IGraphProto {
  return {
    node: graph.nodes.map(encodeNode),
    name: graph.name,
    initializer: graph.initializers.map(encodeTensor),
    input: graph.inputs.map(encodeValueInfo),
    output: graph.outputs.map(encodeValueInfo),
  };
}

function encodeNode(node: Node): onnx.INodeProto {
  return {
    input: [...node.inputs],
    output: [...node.outputs],
    opType: node.opType,
    attribute: Object.entries(node.attributes).map(([name, attribute]) => encodeAttribute(name, attribute)),
  };
}

function encodeAttribute(name: string, attribute: Attribute): onnx.IAttributeProto {
  switch (attribute.type) {
    case 'float':
      return { name, type: AttributeType.FLOAT, f: attribute.value };
    case 'int':
      return { name, type: AttributeType.INT, i: integer(attribute.value, `attribute ${name}`) };
    case 'string':
      return { name, type: AttributeType.STRING, s: new TextEncoder().encode(attribute.value) };
    case 'floats':
      return { name, type: AttributeType.FLOATS, floats: [...attribute.value] };
    case 'ints':
      return {
        name,
        type: AttributeType.INTS,
        ints: attribute.value.map((value) => integer(value, `attribute ${name}`)),
      };
    case 'tensor':
      return { name, type: AttributeType.TENSOR, t: encodeTensor(attribute.value) };
    default:
      return { name, type: AttributeType.GRAPH, g: encodeGraph(attribute.value) };
  }
}

function encodeTensor(tensor: Tensor): onnx.ITensorProto {
  const dims = tensor.dims.map((dim) => size(dim, `tensor ${tensor.name}`));
  const expected = dims.reduce((count, dim) => count * dim, DATA_TYPE_BYTES[tensor.dataType]);
  if (tensor.raw.byteLength !== expected) {
    throw new OnnxError(
      'INVALID_GRAPH',
      `tensor ${tensor.name} ${tensor.dataType} [${dims.join(', ')}] needs ${expected} bytes, got ${tensor.raw.byteLength}`,
    );
  }
  return {
    dims,
    dataType: DATA_TYPE_NUMBER[tensor.dataType],
    ...(tensor.name !== '' && { name: tensor.name }),
    rawData: tensor.raw,
  };
}

function encodeValueInfo({ name, dataType, shape }: ValueInfo): onnx.IValueInfoProto {
  const dim = shape.map((dim) => {
    if (typeof dim === 'number') return { dimValue: size(dim, `value ${name}`) };
    if (dim === '')
      throw new OnnxError('INVALID_GRAPH', `value ${name} has a dimension without size or name`);
    return { dimParam: dim };
  });
  return { name, type: { tensorType: { elemType: DATA_TYPE_NUMBER[dataType], shape: { dim } } } };
}

/** onnx-proto writes int64 from doubles: anything else would silently become another number. */
function integer(value: number, owner: string): number {
  if (Number.isSafeInteger(value)) return value;
  throw new OnnxError('INVALID_GRAPH', `${owner} needs an integer within ±2^53, got ${value}`);
}

function size(value: number, owner: string): number {
  if (value >= 0) return integer(value, owner);
  throw new OnnxError('INVALID_GRAPH', `${owner} needs sizes of at least 0, got ${value}`);
}

export interface DecodeOptions {
  /** Larger files are refused unread; default 50 MiB. */
  readonly maxBytes?: number;
  /** Refuse bytes that encodeModel would not write; default false. */
  readonly canonical?: boolean;
}

/**
 * Reads a model from ONNX protobuf bytes. What has no effect on any result (documentation, metadata, value_info, names
 * of nodes) is dropped; whatever else the model types cannot hold is refused, never dropped.
 *
 * The bytes are first read strictly (see scanModel), because onnx-proto alone would take an empty buffer for a model,
 * keep the last of two graphs where ONNX Runtime merges them, and follow any nesting and any claimed length.
 *
 * @throws OnnxError TOO_LARGE over `maxBytes`, or more fields than a model needs
 * @throws OnnxError MALFORMED not protobuf, no graph, no IR version, tensor data that do not fit their dims
 * @throws OnnxError FORBIDDEN functions, training info, external data, sparse or string tensors, foreign domains, and
 * whatever two protobuf readers could understand differently
 * @throws OnnxError UNSUPPORTED element types, attribute kinds, integers or value shapes without a place in our types
 * @throws OnnxError NOT_CANONICAL only with `canonical`
 */
export function decodeModel(bytes: Uint8Array, options: DecodeOptions = {}): Model {
  const { maxBytes = MAX_MODEL_BYTES, canonical = false } = options;
  const refused = scanModel(bytes, { ops: 'any', controlFlow: true, maxBytes }).filter(
    ({ code }) => code !== 'UNSTRIPPED',
  );
  if (refused[0] !== undefined) {
    throw new OnnxError(refusal(refused[0].code), `model refused: ${describeFindings(refused, 3)}`);
  }
  const { irVersion, opsetImport, producerName, graph } = ModelProto.decode(bytes);
  const model: Model = {
    irVersion: toNumber(irVersion),
    opset: toNumber(opsetImport[0]!.version),
    producerName,
    graph: decodeGraph(graph!),
  };
  if (canonical && !sameBytes(encodeModel(model), bytes)) {
    throw new OnnxError('NOT_CANONICAL', 'model file is not as encodeModel writes it: decode and encode it');
  }
  return model;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

function refusal(code: ScanCode): OnnxErrorCode {
  if (code === 'TOO_LARGE') return code;
  return code === 'MALFORMED' || code === 'MISSING_FIELD' ? 'MALFORMED' : 'FORBIDDEN';
}

function decodeGraph(graph: onnx.IGraphProto): Graph {
  return {
    name: graph.name ?? '',
    nodes: (graph.node ?? []).map(decodeNode),
    initializers: (graph.initializer ?? []).map(decodeTensor),
    inputs: (graph.input ?? []).map(decodeValueInfo),
    outputs: (graph.output ?? []).map(decodeValueInfo),
  };
}

function decodeNode(node: onnx.INodeProto): Node {
  return {
    opType: node.opType ?? '',
    inputs: node.input ?? [],
    outputs: node.output ?? [],
    attributes: Object.fromEntries(
      (node.attribute ?? []).map((attribute) => [attribute.name ?? '', decodeAttribute(attribute)]),
    ),
  };
}

function decodeAttribute(attribute: onnx.IAttributeProto): Attribute {
  switch (attribute.type) {
    case AttributeType.FLOAT:
      return { type: 'float', value: attribute.f ?? 0 };
    case AttributeType.INT:
      return { type: 'int', value: toNumber(attribute.i ?? 0) };
    case AttributeType.STRING:
      return { type: 'string', value: decodeText(attribute) };
    case AttributeType.FLOATS:
      return { type: 'floats', value: attribute.floats ?? [] };
    case AttributeType.INTS:
      return { type: 'ints', value: (attribute.ints ?? []).map(toNumber) };
    case AttributeType.TENSOR:
      return { type: 'tensor', value: decodeTensor(attribute.t ?? {}) };
    case AttributeType.GRAPH:
      return { type: 'graph', value: decodeGraph(attribute.g ?? {}) };
    default:
      throw new OnnxError('UNSUPPORTED', `attribute ${attribute.name} has type ${attribute.type}`);
  }
}

function decodeText({ name, s }: onnx.IAttributeProto): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(s ?? new Uint8Array());
  } catch (cause) {
    throw new OnnxError('UNSUPPORTED', `attribute ${name} is not UTF-8 text`, { cause });
  }
}

function decodeTensor(tensor: onnx.ITensorProto): Tensor {
  const name = tensor.name ?? '';
  const dims = (tensor.dims ?? []).map((dim) => toSize(dim, `tensor ${name}`));
  const dataType = toDataType(tensor.dataType, `tensor ${name}`);
  return { name, dataType, dims, raw: tensorRaw(tensor, dataType, dims) };
}

function decodeValueInfo({ name, type }: onnx.IValueInfoProto): ValueInfo {
  const owner = `value ${name}`;
  const shape = type?.tensorType?.shape?.dim;
  if (!shape) throw new OnnxError('UNSUPPORTED', `${owner} has no shape`);
  return {
    name: name ?? '',
    dataType: toDataType(type?.tensorType?.elemType, owner),
    shape: shape.map(({ dimValue, dimParam }): Dim => {
      if (dimParam) return dimParam;
      if (dimValue === null || dimValue === undefined)
        throw new OnnxError('UNSUPPORTED', `${owner} has a dimension without size or name`);
      return toSize(dimValue, owner);
    }),
  };
}

const DATA_TYPES = new Map(
  Object.entries(DATA_TYPE_NUMBER).map(([name, number]) => [number, name as DataType]),
);

function toDataType(number: number | null | undefined, owner: string): DataType {
  const dataType = DATA_TYPES.get(number ?? 0);
  if (dataType === undefined) throw new OnnxError('UNSUPPORTED', `${owner} has element type ${number ?? 0}`);
  return dataType;
}

function toNumber(value: Int64): number {
  const number = typeof value === 'number' ? value : value.high * 2 ** 32 + (value.low >>> 0);
  if (Number.isSafeInteger(number)) return number;
  throw new OnnxError('UNSUPPORTED', `integer ${number} is outside ±2^53`);
}

function toSize(value: Int64, owner: string): number {
  const number = toNumber(value);
  if (number >= 0) return number;
  throw new OnnxError('UNSUPPORTED', `${owner} has a dimension of ${number}`);
}
