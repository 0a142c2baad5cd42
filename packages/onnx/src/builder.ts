import { OnnxError } from './errors.ts';
import {
  DATA_TYPE_BYTES,
  INTEGER_RANGE,
  type Attribute,
  type DataType,
  type Dim,
  type Graph,
  type Node,
  type Tensor,
  type ValueInfo,
} from './model.ts';
import { writeElement } from './tensor-data.ts';

/** Attribute values as they are written in code; an integral number means `int` unless the op table says float. */
export type AttributeInput = number | string | readonly number[] | Attribute;

/** Attributes that are FLOAT (or FLOATS) in the ONNX operator schemas although their value may be integral. */
const FLOAT_ATTRIBUTES: ReadonlySet<string> = new Set(['alpha', 'beta', 'epsilon']);

/**
 * Builds a graph node by node. Names are a function of construction order alone, so the same calls give the
 * same bytes: values are `<opType>_<count>`, constants are named by type and content and written once.
 *
 * @example
 * const b = new GraphBuilder('double');
 * const x = b.input('x', 'float32', ['n']);
 * b.output(b.node('Add', [x, x], {}, ['y']), 'float32', ['n']);
 * b.build().nodes[0]?.opType // => 'Add'
 */
export class GraphBuilder {
  readonly #name: string;
  readonly #nodes: Node[] = [];
  readonly #initializers: Tensor[] = [];
  readonly #inputs: ValueInfo[] = [];
  readonly #outputs: ValueInfo[] = [];
  readonly #names = new Set<string>();
  readonly #constants = new Map<string, string>();
  #count = 0;
  #constantCount = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /** Continues a finished graph: its names stay, new ones count on from its nodes. */
  static extend(graph: Graph): GraphBuilder {
    const builder = new GraphBuilder(graph.name);
    for (const info of graph.inputs) builder.input(info.name, info.dataType, info.shape);
    for (const tensor of graph.initializers) builder.#addInitializer(tensor);
    for (const node of graph.nodes) builder.#addNode(node);
    for (const info of graph.outputs) builder.output(info.name, info.dataType, info.shape);
    return builder;
  }

  input(name: string, dataType: DataType, shape: readonly Dim[]): string {
    this.#inputs.push({ name: this.#claim(name), dataType, shape: [...shape] });
    return name;
  }

  /** Names a value of the graph around this one, which nodes of a body may read (ONNX's outer scope). */
  outer(name: string): string {
    return this.#claim(name);
  }

  /** Declares an existing value as a graph output. */
  output(name: string, dataType: DataType, shape: readonly Dim[]): string {
    if (!this.#names.has(name))
      throw new OnnxError('INVALID_GRAPH', `output ${name} is not a value of graph ${this.#name}`);
    this.#outputs.push({ name, dataType, shape: [...shape] });
    return name;
  }

  /** A named constant tensor, for example a weight. */
  initializer(
    name: string,
    dataType: DataType,
    dims: readonly number[],
    elements: ArrayLike<number>,
  ): string {
    const raw = encodeElements(name, dataType, dims, elements);
    return this.#addInitializer({ name, dataType, dims: [...dims], raw });
  }

  /** An unnamed constant; equal constants share one initializer. `dims` [] is a scalar. */
  constant(dataType: DataType, dims: readonly number[], elements: ArrayLike<number>): string {
    const name = `const_${this.#constantCount}`;
    const tensor = { name, dataType, dims: [...dims], raw: encodeElements(name, dataType, dims, elements) };
    return this.#constants.get(constantKey(tensor)) ?? this.#addInitializer(tensor);
  }

  /** Appends a node with one output and returns the output's name. */
  node(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeInput>> = {},
    outputs?: readonly [string],
  ): string {
    return this.nodes(opType, inputs, attributes, outputs ?? 1)[0] as string;
  }

  /** Appends a node with several outputs: their names, or how many to name. */
  nodes(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeInput>>,
    outputs: number | readonly string[],
  ): string[] {
    const stranger = inputs.find((name) => name !== '' && !this.#names.has(name));
    if (stranger !== undefined)
      throw new OnnxError(
        'INVALID_GRAPH',
        `${opType} reads ${stranger}, which is not a value of graph ${this.#name}`,
      );
    const names =
      typeof outputs === 'number'
        ? Array.from({ length: outputs }, () => `${opType}_${this.#count++}`)
        : [...outputs];
    const encoded = Object.entries(attributes).map(([name, value]) => [name, toAttribute(name, value)]);
    this.#addNode({ opType, inputs: [...inputs], outputs: names, attributes: Object.fromEntries(encoded) });
    return names;
  }

  build(): Graph {
    return {
      name: this.#name,
      nodes: [...this.#nodes],
      initializers: [...this.#initializers],
      inputs: [...this.#inputs],
      outputs: [...this.#outputs],
    };
  }

  #addNode(node: Node): void {
    for (const name of node.outputs) if (name !== '') this.#claim(name);
    this.#count = Math.max(
      this.#count,
      ...node.outputs.map((name) => Number(/_(\d+)$/.exec(name)?.[1] ?? -1) + 1),
    );
    this.#nodes.push(node);
  }

  #addInitializer(tensor: Tensor): string {
    this.#claim(tensor.name);
    this.#initializers.push(tensor);
    const constant = /^const_(\d+)$/.exec(tensor.name);
    if (constant !== null) {
      this.#constants.set(constantKey(tensor), tensor.name);
      this.#constantCount = Math.max(this.#constantCount, Number(constant[1]) + 1);
    }
    return tensor.name;
  }

  #claim(name: string): string {
    if (name === '' || this.#names.has(name))
      throw new OnnxError('INVALID_GRAPH', `value name '${name}' is empty or taken in graph ${this.#name}`);
    this.#names.add(name);
    return name;
  }
}

/** Bytes and not numbers: 0 and -0 are two constants, and two doubles of one float32 are one. */
function constantKey({ dataType, dims, raw }: Tensor): string {
  return `${dataType} ${dims.join()} ${raw.join()}`;
}

function toAttribute(name: string, value: AttributeInput): Attribute {
  if (typeof value === 'number')
    return FLOAT_ATTRIBUTES.has(name) || !Number.isInteger(value)
      ? { type: 'float', value }
      : { type: 'int', value };
  if (typeof value === 'string') return { type: 'string', value };
  return Array.isArray(value) ? { type: 'ints', value: value as number[] } : (value as Attribute);
}

/** Little-endian bytes of `elements`, one per entry of the shape. */
function encodeElements(
  name: string,
  dataType: DataType,
  dims: readonly number[],
  elements: ArrayLike<number>,
): Uint8Array {
  const count = dims.reduce((product, dim) => product * dim, 1);
  if (elements.length !== count)
    throw new OnnxError(
      'INVALID_GRAPH',
      `tensor ${name} of shape [${dims.join()}] needs ${count} elements, got ${elements.length}`,
    );
  const raw = new Uint8Array(count * DATA_TYPE_BYTES[dataType]);
  const view = new DataView(raw.buffer);
  const range = INTEGER_RANGE[dataType];
  for (let i = 0; i < count; i++) {
    const value = elements[i] as number;
    if (range && !(Number.isInteger(value) && value >= range[0] && value <= range[1]))
      throw new OnnxError(
        'INVALID_GRAPH',
        `element ${i} of ${dataType} tensor ${name} must be an integer from ${range[0]} to ${range[1]}, got ${value}`,
      );
    writeElement(view, dataType, i, value);
  }
  return raw;
}
