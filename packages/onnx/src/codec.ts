import { OnnxError, type OnnxErrorCode } from './errors.ts';
import { describeFindings } from './finding.ts';
import {
  DATA_TYPE_BYTES,
  DATA_TYPE_NUMBER,
  dataTypeOf,
  type Attribute,
  type DataType,
  type Dim,
  type Graph,
  type Model,
  type Node,
  type Tensor,
  type ValueInfo,
} from './model.ts';
import {
  encodeModelRecord,
  readModelRecord,
  type AttributeRecord,
  type GraphRecord,
  type NodeRecord,
  type TensorRecord,
  type ValueInfoRecord,
} from './record.ts';
import { scanWire, type ScanCode } from './scan.ts';
import { ATTRIBUTE_TYPE } from './schema.ts';
import { tensorRaw } from './tensor-data.ts';
import { MAX_MODEL_BYTES } from '@vqforge/base';

/**
 * Serialises a model to ONNX protobuf bytes. The same model always gives the same bytes: fields ascend by number,
 * tensor values are raw little-endian data, attributes keep the order of the record.
 *
 * @throws OnnxError INVALID_GRAPH when a value has no ONNX encoding: an integer outside ±2^53, a tensor whose bytes
 * do not match its dims, a dimension that is neither a size nor a name
 * @see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
export function encodeModel(model: Model): Uint8Array {
  return encodeModelRecord({
    ir_version: integer(model.irVersion, 'irVersion'),
    ...(model.producerName !== '' && { producer_name: model.producerName }),
    graph: encodeGraph(model.graph),
    opset_import: [{ version: integer(model.opset, 'opset') }],
  });
}

function encodeGraph(graph: Graph): GraphRecord {
  return {
    node: graph.nodes.map(encodeNode),
    name: graph.name,
    initializer: graph.initializers.map(encodeTensor),
    input: graph.inputs.map(encodeValueInfo),
    output: graph.outputs.map(encodeValueInfo),
  };
}

function encodeNode(node: Node): NodeRecord {
  return {
    input: [...node.inputs],
    output: [...node.outputs],
    op_type: node.opType,
    attribute: Object.entries(node.attributes).map(([name, attribute]) => encodeAttribute(name, attribute)),
  };
}

function encodeAttribute(name: string, attribute: Attribute): AttributeRecord {
  switch (attribute.type) {
    case 'float':
      return { name, type: ATTRIBUTE_TYPE.f, f: attribute.value };
    case 'int':
      return { name, type: ATTRIBUTE_TYPE.i, i: integer(attribute.value, `attribute ${name}`) };
    case 'string':
      return { name, type: ATTRIBUTE_TYPE.s, s: new TextEncoder().encode(attribute.value) };
    case 'floats':
      return { name, type: ATTRIBUTE_TYPE.floats, floats: [...attribute.value] };
    case 'ints': {
      const ints = attribute.value.map((value) => integer(value, `attribute ${name}`));
      return { name, type: ATTRIBUTE_TYPE.ints, ints };
    }
    case 'tensor':
      return { name, type: ATTRIBUTE_TYPE.t, t: encodeTensor(attribute.value) };
    default:
      return { name, type: ATTRIBUTE_TYPE.g, g: encodeGraph(attribute.value) };
  }
}

function encodeTensor(tensor: Tensor): TensorRecord {
  const dims = tensor.dims.map((dim) => size(dim, `tensor ${tensor.name}`));
  const expected = dims.reduce((count, dim) => count * dim, DATA_TYPE_BYTES[tensor.dataType]);
  if (tensor.raw.byteLength !== expected) {
    throw new OnnxError(
      'INVALID_GRAPH',
      `tensor ${tensor.name} ${tensor.dataType} [${dims.join(', ')}] needs ${expected} bytes, got ${tensor.raw.byteLength}`,
    );
  }
  return {
    dims: dims.map(BigInt),
    data_type: DATA_TYPE_NUMBER[tensor.dataType],
    ...(tensor.name !== '' && { name: tensor.name }),
    raw_data: tensor.raw,
  };
}

function encodeValueInfo({ name, dataType, shape }: ValueInfo): ValueInfoRecord {
  const dim = shape.map((dim) => {
    if (typeof dim === 'number') return { dim_value: BigInt(size(dim, `value ${name}`)) };
    if (dim === '')
      throw new OnnxError('INVALID_GRAPH', `value ${name} has a dimension without size or name`);
    return { dim_param: dim };
  });
  return { name, type: { tensor_type: { elem_type: DATA_TYPE_NUMBER[dataType], shape: { dim } } } };
}

/** Numbers that are no exact integers would silently become others. */
function integer(value: number, owner: string): bigint {
  if (Number.isSafeInteger(value)) return BigInt(value);
  throw new OnnxError('INVALID_GRAPH', `${owner} needs an integer within ±2^53, got ${value}`);
}

function size(value: number, owner: string): number {
  if (value >= 0) return Number(integer(value, owner));
  throw new OnnxError('INVALID_GRAPH', `${owner} needs sizes of at least 0, got ${value}`);
}

/** Options of `decodeModel`. */
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
 * The bytes are first scanned (see scanModel): nothing is decoded that two protobuf readers could understand differently.
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
  const { wire, findings } = scanWire(bytes, { ops: 'any', controlFlow: true, maxBytes });
  const refused = findings.filter(({ code }) => code !== 'UNSTRIPPED');
  if (wire === undefined || refused[0] !== undefined) {
    const code = refusal(refused[0]?.code ?? 'MALFORMED');
    throw new OnnxError(code, `model refused: ${describeFindings(refused, 3)}`);
  }
  const message = readModelRecord(wire);
  const model: Model = {
    irVersion: toNumber(message.ir_version),
    opset: toNumber(message.opset_import?.[0]?.version),
    producerName: message.producer_name ?? '',
    graph: decodeGraph(message.graph ?? {}),
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

function decodeGraph(graph: GraphRecord): Graph {
  return {
    name: graph.name ?? '',
    nodes: (graph.node ?? []).map(decodeNode),
    initializers: (graph.initializer ?? []).map(decodeTensor),
    inputs: (graph.input ?? []).map(decodeValueInfo),
    outputs: (graph.output ?? []).map(decodeValueInfo),
  };
}

function decodeNode(node: NodeRecord): Node {
  return {
    opType: node.op_type ?? '',
    inputs: node.input ?? [],
    outputs: node.output ?? [],
    attributes: Object.fromEntries(
      (node.attribute ?? []).map((attribute) => [attribute.name ?? '', decodeAttribute(attribute)]),
    ),
  };
}

function decodeAttribute(attribute: AttributeRecord): Attribute {
  switch (attribute.type) {
    case ATTRIBUTE_TYPE.f:
      return { type: 'float', value: attribute.f ?? 0 };
    case ATTRIBUTE_TYPE.i:
      return { type: 'int', value: toNumber(attribute.i) };
    case ATTRIBUTE_TYPE.s:
      return { type: 'string', value: decodeText(attribute) };
    case ATTRIBUTE_TYPE.floats:
      return { type: 'floats', value: attribute.floats ?? [] };
    case ATTRIBUTE_TYPE.ints:
      return { type: 'ints', value: (attribute.ints ?? []).map(toNumber) };
    case ATTRIBUTE_TYPE.t:
      return { type: 'tensor', value: decodeTensor(attribute.t ?? {}) };
    case ATTRIBUTE_TYPE.g:
      return { type: 'graph', value: decodeGraph(attribute.g ?? {}) };
    default:
      throw new OnnxError('UNSUPPORTED', `attribute ${attribute.name} has type ${attribute.type}`);
  }
}

function decodeText({ name, s }: AttributeRecord): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(s ?? new Uint8Array());
  } catch (cause) {
    throw new OnnxError('UNSUPPORTED', `attribute ${name} is not UTF-8 text`, { cause });
  }
}

function decodeTensor(tensor: TensorRecord): Tensor {
  const name = tensor.name ?? '';
  const dims = (tensor.dims ?? []).map((dim) => toSize(dim, `tensor ${name}`));
  const dataType = toDataType(tensor.data_type, `tensor ${name}`);
  return { name, dataType, dims, raw: tensorRaw(tensor, dataType, dims) };
}

function decodeValueInfo({ name, type }: ValueInfoRecord): ValueInfo {
  const owner = `value ${name}`;
  const shape = type?.tensor_type?.shape;
  if (shape === undefined) throw new OnnxError('UNSUPPORTED', `${owner} has no shape`);
  return {
    name: name ?? '',
    dataType: toDataType(type?.tensor_type?.elem_type, owner),
    shape: (shape.dim ?? []).map(({ dim_value: value, dim_param: param }): Dim => {
      if (param !== undefined && param !== '') return param;
      if (value === undefined)
        throw new OnnxError('UNSUPPORTED', `${owner} has a dimension without size or name`);
      return toSize(value, owner);
    }),
  };
}

function toDataType(number = 0, owner: string): DataType {
  const dataType = dataTypeOf(number);
  if (dataType === undefined) throw new OnnxError('UNSUPPORTED', `${owner} has element type ${number}`);
  return dataType;
}

function toNumber(value = 0n): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw new OnnxError('UNSUPPORTED', `integer ${value} is outside ±2^53`);
}

function toSize(value: bigint, owner: string): number {
  const number = toNumber(value);
  if (number >= 0) return number;
  throw new OnnxError('UNSUPPORTED', `${owner} has a dimension of ${number}`);
}
