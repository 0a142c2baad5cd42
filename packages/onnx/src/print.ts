import { decodeElements } from './tensor-data.ts';
import type { Attribute, DataType, Graph, Model, Node, Tensor, ValueInfo } from './model.ts';

/** Longer tensors are shown by their count and a checksum: enough for a diff to show that they changed. */
const MAX_SHOWN_ELEMENTS = 16;
/** Types that ONNX's text format spells in its own way. */
const TYPE_NAME: Partial<Record<DataType, string>> = { float32: 'float', float64: 'double' };

/**
 * A model as text: versions, inputs and outputs with shapes, initializers with small values, one line per node. It follows
 * ONNX's text format, except that long tensors are summarised. The same model always gives the same text; it is for golden
 * files and for reading diffs, and is never parsed.
 *
 * @see https://onnx.ai/onnx/repo-docs/Syntax.html
 */
export function printModel(model: Model): string {
  const head = [
    '<',
    `  ir_version: ${model.irVersion},`,
    `  opset_import: ["" : ${model.opset}],`,
    `  producer_name: ${JSON.stringify(model.producerName)}`,
    '>',
  ];
  return [...head, ...printGraph(model.graph), ''].join('\n');
}

function printGraph(graph: Graph): string[] {
  const [inputs, outputs] = [graph.inputs, graph.outputs].map((side) => side.map(printValueInfo).join(', '));
  const signature = `${printName(graph.name)} (${inputs}) => (${outputs})`;
  const initializers = graph.initializers.map(
    (tensor) =>
      `  ${printType(tensor.dataType, tensor.dims)} ${printName(tensor.name)} = ${printElements(tensor)}`,
  );
  return [
    signature,
    ...(initializers.length > 0 ? ['<', initializers.join(',\n'), '>'] : []),
    '{',
    ...graph.nodes.flatMap(printNode).map((line) => `  ${line}`),
    '}',
  ];
}

function printNode(node: Node): string[] {
  const call = `${node.outputs.map(printName).join(', ')} = ${printName(node.opType)}`;
  const inputs = `(${node.inputs.map(printName).join(', ')})`;
  const attributes = Object.entries(node.attributes);
  if (attributes.length === 0) return [`${call} ${inputs}`];
  if (attributes.every(([, { type }]) => type !== 'graph')) {
    const list = attributes.map(([name, attribute]) => printAttribute(name, attribute).join('\n'));
    return [`${call} <${list.join(', ')}> ${inputs}`];
  }
  const lines = attributes.flatMap(([name, attribute], index) => {
    const printed = printAttribute(name, attribute);
    const comma = index < attributes.length - 1 ? ',' : '';
    return [...printed.slice(0, -1), `${printed.at(-1)}${comma}`];
  });
  return [`${call} <`, ...lines.map((line) => `  ${line}`), `> ${inputs}`];
}

function printAttribute(name: string, attribute: Attribute): string[] {
  const key = `${printName(name)}: ${attribute.type} = `;
  switch (attribute.type) {
    case 'float':
      return [key + printFloat(attribute.value)];
    case 'floats':
      return [`${key}[${attribute.value.map(printFloat).join(', ')}]`];
    case 'int':
      return [key + attribute.value];
    case 'ints':
      return [`${key}[${attribute.value.join(', ')}]`];
    case 'string':
      return [key + JSON.stringify(attribute.value)];
    case 'tensor': {
      const { dataType, dims } = attribute.value;
      return [`${key}${printType(dataType, dims)} ${printElements(attribute.value)}`];
    }
    default: {
      const [signature, ...body] = printGraph(attribute.value);
      return [key + signature, ...body];
    }
  }
}

function printValueInfo({ name, dataType, shape }: ValueInfo): string {
  return `${printType(dataType, shape)} ${printName(name)}`;
}

function printType(dataType: DataType, shape: readonly (number | string)[]): string {
  const dims = shape.map((dim) => (typeof dim === 'string' ? printName(dim) : dim));
  return `${TYPE_NAME[dataType] ?? dataType}[${dims.join(', ')}]`;
}

/** Identifiers of the text format as they are, any other name in quotes; '' is an omitted input. */
function printName(name: string): string {
  return /^[A-Za-z_][\w.]*$/.test(name) || name === '' ? name : JSON.stringify(name);
}

function printElements(tensor: Tensor): string {
  const count = tensor.dims.reduce((product, dim) => product * dim, 1);
  if (count > MAX_SHOWN_ELEMENTS) return `{… ${count} elements, fnv1a ${fnv1a(tensor.raw)} …}`;
  return `{${elements(tensor).join(', ')}}`;
}

function elements(tensor: Tensor): string[] {
  if (tensor.dataType === 'float32') return decodeElements(tensor).map(printFloat);
  if (tensor.dataType !== 'int64') return decodeElements(tensor).map(String);
  const view = new DataView(tensor.raw.buffer, tensor.raw.byteOffset, tensor.raw.byteLength);
  const length = tensor.raw.byteLength / 8;
  return Array.from({ length }, (_, index) => `${view.getBigInt64(8 * index, true)}`);
}

/** The shortest decimal that reads back as the same float32 (nine digits always do). */
function printFloat(value: number): string {
  if (Object.is(value, -0)) return '-0';
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === Math.fround(value)) return `${short}`;
  }
  return `${Number(value.toPrecision(9))}`;
}

/** FNV-1a, 32 bit: http://www.isthe.com/chongo/tech/comp/fnv/ */
function fnv1a(bytes: Uint8Array): string {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
