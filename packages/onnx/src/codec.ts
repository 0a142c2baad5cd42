import onnxProto, { type onnx } from 'onnx-proto';
import { OnnxError } from './errors.ts';
import { DATA_TYPE_BYTES, DATA_TYPE_NUMBER } from './model.ts';
import type { Attribute, Graph, Model, Node, Tensor, ValueInfo } from './model.ts';

const { ModelProto } = onnxProto.onnx;
/** AttributeProto.AttributeType (onnx.proto), in our lower-case names. */
const ATTRIBUTE_TYPE_NUMBER = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
} as const;

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
  return Uint8Array.from(ModelProto.encode(message).finish());
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
  const head = { name, type: ATTRIBUTE_TYPE_NUMBER[attribute.type] };
  switch (attribute.type) {
    case 'float':
      return { ...head, f: attribute.value };
    case 'int':
      return { ...head, i: integer(attribute.value, `attribute ${name}`) };
    case 'string':
      return { ...head, s: new TextEncoder().encode(attribute.value) };
    case 'floats':
      return { ...head, floats: [...attribute.value] };
    case 'ints':
      return { ...head, ints: attribute.value.map((value) => integer(value, `attribute ${name}`)) };
    case 'tensor':
      return { ...head, t: encodeTensor(attribute.value) };
    case 'graph':
      return { ...head, g: encodeGraph(attribute.value) };
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

/** onnx-proto writes int64 from doubles; a BigInt or an integer beyond ±2^53 would silently become another number. */
function integer(value: number, owner: string): number {
  if (Number.isSafeInteger(value)) return value;
  throw new OnnxError('INVALID_GRAPH', `${owner} needs an integer within ±2^53, got ${value}`);
}

function size(value: number, owner: string): number {
  if (value >= 0) return integer(value, owner);
  throw new OnnxError('INVALID_GRAPH', `${owner} needs sizes of at least 0, got ${value}`);
}
