import { decodeElements } from '../tensor-data.ts';
import { Refused, quote, type ProofFinding } from '../finding.ts';
import { DATA_TYPE_BYTES, type Model, type Node, type Tensor } from '../model.ts';
import { ELEMENT_LIMITS, type Multiple, multipleOf, requireWithin } from './element-limits.ts';
import { SIZE_RULES } from './operator-sizes.ts';
import {
  TooComplex,
  UnknownSize,
  add,
  constant,
  exactly,
  isEqual,
  isNumber,
  ofAtom,
  product,
  scale,
  show,
  showShape,
  upperBound,
  type Atom,
  type Size,
  type SizedValue,
  type Window,
} from './size.ts';
import { requireOutputs, servedInputs, type ServedInputs } from './served-interface.ts';

/** Vectors longer than this are data, not shapes; no value has more axes either. */
const MAX_ELEMENTS = 64;

/**
 * Proves, before anything runs and for every size of the inputs at once, that no value of a graph is larger than a stated
 * multiple of the input, that what is needed at one time is not either, and that the output `score` has exactly one value
 * per row or distorted image. Constants are folded as far as they are shapes; what cannot be known is refused.
 *
 * Sizes are products of a number and of symbols. A window that slides over a symbolic axis gives a new symbol with an
 * upper bound, the same one for equal windows over equal axes. The batch of `ref` is taken to be 1 or that of `dist`.
 *
 * @returns the first finding, as nothing behind it can be known; empty for a graph that may run
 */
export function proveResources(model: Model): ProofFinding[] {
  try {
    new Proof(model, servedInputs(model)).run();
    return [];
  } catch (error) {
    if (error instanceof Refused) return [{ code: error.code, path: error.path, message: error.message }];
    throw error;
  }
}

/** How many times its input a graph holds at most, for one value and at one time: what limits are set by. */
export function resourceMultiples(model: Model): { readonly value: number; readonly live: number } {
  return new Proof(model, servedInputs(model)).run();
}

class Proof {
  readonly #model: Model;
  readonly #inputs: ServedInputs;
  readonly #values: Map<string, SizedValue>;
  readonly #windows = new Map<string, Atom>();
  #ownConstants = 0;

  constructor(model: Model, inputs: ServedInputs) {
    this.#model = model;
    this.#inputs = inputs;
    this.#values = new Map(inputs.values);
  }

  run(): { value: number; live: number } {
    const { graph } = this.#model;
    const limits = ELEMENT_LIMITS[this.#inputs.kind];
    for (const [index, tensor] of graph.initializers.entries()) {
      this.#ownConstants += tensor.raw.byteLength / 4;
      this.#define(tensor.name, constantValue(tensor), `graph.initializer[${index}]`);
    }
    const endings = this.#endings();
    const live = new Map<string, Multiple>();
    const most = { value: 0, live: 0 };
    // sums of the multiples of single values, which is at least that of their sum
    let total: Multiple = { ofInput: 0, fixed: 0 };
    const change = ({ ofInput, fixed }: Multiple, sign: number): void => {
      total = { ofInput: total.ofInput + sign * ofInput, fixed: total.fixed + sign * fixed };
    };
    for (const [index, node] of graph.nodes.entries()) {
      const path = `graph.node[${index}]`;
      for (const [output, value] of this.#outputsOf(node, path).entries()) {
        const name = node.outputs[output] ?? '';
        if (name === '') continue;
        this.#define(name, value, path);
        if (this.#inputs.kind === 'regressor') this.#requireRows(node, name, value, path);
        const what = `${node.opType} ${quote(name)}`;
        const multiple = this.#multiple(value, what, path);
        requireWithin(multiple, limits.value, this.#ownConstants, what, path);
        most.value = Math.max(most.value, multiple.ofInput);
        live.set(name, multiple);
        change(multiple, 1);
      }
      requireWithin(total, limits.live, this.#ownConstants, 'what is needed at one time', path);
      most.live = Math.max(most.live, total.ofInput);
      for (const name of [
        ...(endings.get(index) ?? []),
        ...node.outputs.filter((one) => !this.#isRead.has(one)),
      ]) {
        const ended = live.get(name);
        if (ended !== undefined) change(ended, -1);
        live.delete(name);
      }
    }
    requireOutputs(this.#model, this.#inputs, this.#values);
    return most;
  }

  readonly #isRead = new Set<string>();
  /** Values that depend on what is fed, its sizes aside. */
  readonly #fed = new Set<string>();

  /**
   * Requests share runs of a regressor, so a row's score may depend on no other row: whatever depends on the features has
   * the rows along its first axis and nowhere else, and no operator works along that axis.
   */
  #requireRows(node: Node, name: string, { shape }: SizedValue, path: string): void {
    const fed = node.inputs.map((input) => this.#fed.has(input) || this.#inputs.values.has(input));
    if (node.opType === 'Shape' || !fed.includes(true)) return;
    this.#fed.add(name);
    const { batch } = this.#inputs;
    const isOfRows = ({ atoms }: Size): boolean => atoms.some((atom) => atom.name === batch.atoms[0]?.name);
    const [first, ...rest] = shape;
    const worksAlongRows = this.#axisOf(node) === 0 && (node.opType !== 'Gather' || fed[0] === true);
    if (first !== undefined && isEqual(first, batch) && !rest.some(isOfRows) && !worksAlongRows) return;
    throw new Refused(
      'ROWS_MIXED',
      path,
      `${node.opType} ${quote(name)} is ${showShape(shape)}: a row's score may depend on no other row`,
    );
  }

  /** By node, the values that no later node reads; the graph's outputs are needed to the end. */
  #endings(): Map<number, string[]> {
    const { nodes, outputs } = this.#model.graph;
    const last = new Map<string, number>();
    for (const [index, { inputs }] of nodes.entries()) for (const name of inputs) last.set(name, index);
    for (const { name } of outputs) last.set(name, nodes.length);
    const endings = new Map<number, string[]>();
    for (const [name, index] of last) {
      this.#isRead.add(name);
      const names = endings.get(index);
      if (names === undefined) endings.set(index, [name]);
      else names.push(name);
    }
    return endings;
  }

  /** The axis that an operator works along without taking it away; undefined for others. */
  #axisOf({ opType, inputs, attributes }: Node): number | undefined {
    if (opType !== 'Softmax' && opType !== 'Gather') return undefined;
    const along = attributes['axis'];
    const axis = along?.type === 'int' ? along.value : opType === 'Softmax' ? -1 : 0;
    return axis < 0 ? axis + (this.#values.get(inputs[0] ?? '')?.shape.length ?? 0) : axis;
  }

  #outputsOf(node: Node, path: string): readonly SizedValue[] {
    if (node.opType === 'Constant') return [constantOf(node, path)];
    const rule = SIZE_RULES.get(node.opType);
    if (rule === undefined)
      throw new Refused('UNKNOWN_SIZE', path, `the sizes of operator ${quote(node.opType)} are not known`);
    const inputs = node.inputs.map((name) => {
      const value = this.#values.get(name);
      if (name !== '' && value === undefined)
        throw new Refused('GRAPH', path, `${quote(name)} is not defined before it is used`);
      return value;
    });
    try {
      return rule({
        node,
        inputs,
        window: (size, window) => this.#slid(size, window),
        together: (a, b) => this.#together(a, b),
      });
    } catch (error) {
      if (!(error instanceof UnknownSize) && !(error instanceof TooComplex)) throw error;
      throw new Refused('UNKNOWN_SIZE', path, `${node.opType}: ${error.message}`);
    }
  }

  #define(name: string, value: SizedValue, path: string): void {
    if (name === '' || this.#values.has(name))
      throw new Refused('GRAPH', path, `name ${quote(name)} is empty or already taken`);
    if (value.shape.length > MAX_ELEMENTS)
      throw new Refused('UNKNOWN_SIZE', path, `${quote(name)} has more than ${MAX_ELEMENTS} axes`);
    const { elements, ...rest } = value;
    const isShort = elements !== undefined && elements.length <= MAX_ELEMENTS;
    this.#values.set(name, isShort ? value : rest);
  }

  /** The size of two axes that are broadcast together. */
  #together(a: Size, b: Size): Size {
    const one = exactly(1);
    if (isEqual(a, b) || isEqual(b, one)) return a;
    if (isEqual(a, one)) return b;
    const { batch, refBatch } = this.#inputs;
    const isRefBatch = (size: Size): boolean => refBatch !== undefined && isEqual(size, refBatch);
    if ((isRefBatch(a) && isEqual(b, batch)) || (isRefBatch(b) && isEqual(a, batch))) return batch;
    throw new UnknownSize(`sizes ${show(a)} and ${show(b)} are not known to be one`);
  }

  /** The number of positions of a window; floor((d − loss − 1) / s) + 1 ≤ d / s + (s − loss − 1) / s. */
  #slid(size: Size, { stride, loss, isCeiled }: Window): Size {
    if (isNumber(size)) {
      const span = (size.coefficient - loss - 1) / stride;
      if (span < 0) throw new UnknownSize(`a window of ${loss + 1} on an axis of ${size.coefficient}`);
      return exactly((isCeiled ? Math.ceil(span) : Math.floor(span)) + 1);
    }
    if (stride === 1 && loss === 0) return size;
    const key = `${show(size)} / ${stride} - ${loss}${isCeiled ? ' up' : ''}`;
    const known = this.#windows.get(key);
    if (known !== undefined) return ofAtom(known);
    const rest = ((isCeiled ? 2 * stride - 1 : stride) - loss - 1) / stride;
    const upper = add(scale(upperBound(size), 1 / stride), constant(Math.max(0, rest)));
    // no symbol of an input is spelled so
    const atom = { name: `#${this.#windows.size}`, upper };
    this.#windows.set(key, atom);
    return ofAtom(atom);
  }

  #multiple(value: SizedValue, what: string, path: string): Multiple {
    try {
      const elements = scale(upperBound(product(value.shape)), Math.max(1, value.width / 4));
      return multipleOf(elements, this.#inputs, what, path);
    } catch (error) {
      if (!(error instanceof UnknownSize) && !(error instanceof TooComplex)) throw error;
      throw new Refused('UNKNOWN_SIZE', path, `${what}: ${error.message}`);
    }
  }
}

function constantValue(tensor: Tensor): SizedValue {
  const { dims, dataType } = tensor;
  const isShape = dataType === 'int64' && dims.length <= 1 && (dims[0] ?? 1) <= MAX_ELEMENTS;
  return {
    shape: dims.map(exactly),
    width: DATA_TYPE_BYTES[dataType],
    elements: isShape ? decodeElements(tensor).map(exactly) : undefined,
  };
}

function constantOf({ attributes }: Node, path: string): SizedValue {
  const [attribute] = Object.values(attributes);
  switch (attribute?.type) {
    case 'tensor':
      return constantValue(attribute.value);
    case 'int':
      return { shape: [], width: 8, elements: [exactly(attribute.value)] };
    case 'ints':
      return { shape: [exactly(attribute.value.length)], width: 8, elements: attribute.value.map(exactly) };
    case 'float':
      return { shape: [], width: 4 };
    case 'floats':
      return { shape: [exactly(attribute.value.length)], width: 4 };
    default:
      throw new Refused('UNKNOWN_SIZE', path, 'a Constant without a value');
  }
}
