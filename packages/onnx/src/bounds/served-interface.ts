import { Refused, quote } from '../finding.ts';
import type { Model, ValueInfo } from '../model.ts';
import {
  add,
  exactly,
  isEqual,
  ofAtom,
  show,
  showShape,
  symbol,
  type Size,
  type SizedValue,
} from './size.ts';

/** The two kinds of models that are served. */
export type ServedKind = 'regressor' | 'distance';

/** Inputs of a graph, as sizes. */
export interface ServedInputs {
  readonly kind: ServedKind;
  readonly values: ReadonlyMap<string, SizedValue>;
  /** How many rows or distorted images there are: what every output has along its first axis. */
  readonly batch: Size;
  /** Number of reference images where it is 1 or `batch`; undefined where it is `batch`, or 1. */
  readonly refBatch: Size | undefined;
  /** Elements of the input per unit that limits are multiples of: features of a row, or 1 for a pixel. */
  readonly perUnit: number;
}

/** Old writers list initializers among the inputs, which need no feeding. */
function fedInputs({ graph }: Model): ValueInfo[] {
  const constants = new Set(graph.initializers.map(({ name }) => name));
  return graph.inputs.filter(({ name }) => !constants.has(name));
}

/** The kind that a graph's inputs make it; null for any other graph. */
export function servedKind(model: Model): ServedKind | null {
  const taken = fedInputs(model)
    .map(({ name, shape }) => `${name}/${shape.length}`)
    .join();
  if (taken === 'features/2') return 'regressor';
  return taken === 'ref/4,dist/4' ? 'distance' : null;
}

/**
 * The symbolic sizes of what a served graph takes.
 *
 * @throws Refused INTERFACE unless the graph takes what one of the kinds takes
 */
export function servedInputs(model: Model): ServedInputs {
  const kind = servedKind(model);
  if (kind === null)
    throw new Refused(
      'INTERFACE',
      'graph.input',
      'inputs are neither features [N,F] nor ref and dist [N,3,H,W]',
    );
  const inputs = fedInputs(model);
  return kind === 'regressor'
    ? regressorInputs(inputs as [ValueInfo])
    : imageInputs(inputs as [ValueInfo, ValueInfo]);
}

function regressorInputs([features]: readonly [ValueInfo]): ServedInputs {
  const [rows, width] = features.shape;
  if (features.dataType !== 'float32' || typeof rows !== 'string' || typeof width !== 'number' || width < 1)
    return refuse(features, 'float32 [rows, number of features]');
  const batch = new Symbols().size(rows);
  const values = new Map([['features', { shape: [batch, exactly(width)], width: 4 }]]);
  return { kind: 'regressor', values, batch, refBatch: undefined, perUnit: width };
}

function imageInputs([ref, dist]: readonly [ValueInfo, ValueInfo]): ServedInputs {
  const isPixels = ref.dataType === 'uint8';
  const sidesOf = ({ shape }: ValueInfo): string => (isPixels ? shape.slice(1, 3) : shape.slice(2)).join();
  for (const image of [ref, dist]) {
    const isTyped = image.dataType === ref.dataType && ['float32', 'uint8'].includes(image.dataType);
    if (!isTyped || image.shape[isPixels ? 3 : 1] !== 3 || sidesOf(image) !== sidesOf(ref))
      return refuse(image, 'two images of 3 channels and one size');
  }
  const [m, n] = [ref, dist].map(({ shape }) => shape[0]) as [number | string, number | string];
  if (typeof m === 'number' && m !== 1 && m !== n) return refuse(ref, 'one image, or as many as dist');
  // an axis of the result may be as long as either, until one is checked against the other at run time
  const isTwo = typeof m === 'string' && typeof n === 'string' && m !== n;
  const symbols = new Symbols(isTwo ? [m, n] : []);
  const shapeOf = ({ shape }: ValueInfo): Size[] => shape.map((dim) => symbols.size(dim));
  const values = new Map(
    [ref, dist].map((image) => [image.name, { shape: shapeOf(image), width: isPixels ? 1 : 4 }] as const),
  );
  const [batch, refBatch] = [symbols.size(n), isTwo ? symbols.size(m) : undefined];
  return { kind: 'distance', values, batch, refBatch, perUnit: 1 };
}

/** Symbolic axes by their names, which are a stranger's text: what is no word gets another one. */
class Symbols {
  readonly #sizes = new Map<string, Size>();
  readonly #words = new Map<string, string>();
  readonly #joined: readonly string[];

  /** @param joined names of which each may be as large as the other */
  constructor(joined: readonly string[] = []) {
    this.#joined = joined;
  }

  size(dim: number | string): Size {
    if (typeof dim === 'number') return exactly(dim);
    const known = this.#sizes.get(dim);
    if (known !== undefined) return known;
    const size = ofAtom({ name: this.#word(dim), upper: this.#upper(dim) });
    this.#sizes.set(dim, size);
    return size;
  }

  #upper(dim: string): ReturnType<typeof symbol> {
    if (!this.#joined.includes(dim)) return symbol(this.#word(dim));
    return this.#joined.map((name) => symbol(this.#word(name))).reduce(add);
  }

  /** No name that is a word begins with a tilde. */
  #word(dim: string): string {
    if (/^[A-Za-z]\w{0,31}$/.test(dim)) return dim;
    const word = this.#words.get(dim) ?? `~${this.#words.size}`;
    this.#words.set(dim, word);
    return word;
  }
}

/**
 * Every output has one item per row or image along its first axis, and `score` nothing else.
 *
 * @throws Refused
 */
export function requireOutputs(
  { graph }: Model,
  { batch }: ServedInputs,
  values: ReadonlyMap<string, SizedValue>,
): void {
  if (!graph.outputs.some(({ name }) => name === 'score'))
    throw new Refused('INTERFACE', 'graph.output', 'there is no output score');
  for (const [index, { name, dataType, shape }] of graph.outputs.entries()) {
    const path = `graph.output[${index}]`;
    const value = values.get(name);
    if (value === undefined) throw new Refused('GRAPH', path, `${quote(name)} is not defined`);
    const [first, ...rest] = value.shape;
    const isPerItem = first !== undefined && isEqual(first, batch);
    const expected = name === 'score' ? `[${show(batch)}]` : `${show(batch)} along its first axis`;
    if (!isPerItem || (name === 'score' && rest.length > 0))
      throw new Refused('INTERFACE', path, `${name} is ${showShape(value.shape)}, expected ${expected}`);
    const isDeclared =
      dataType === 'float32' &&
      shape.length === value.shape.length &&
      shape.every((dim, axis) => typeof dim === 'string' || isEqual(exactly(dim), value.shape[axis] as Size));
    if (isDeclared) continue;
    const declared = `${dataType} [${shape.join(', ')}]`;
    throw new Refused(
      'INTERFACE',
      path,
      `${name} is declared ${declared}, expected float32 ${showShape(value.shape)}`,
    );
  }
}

function refuse({ name, dataType, shape }: ValueInfo, expected: string): never {
  const got = `${dataType} [${shape.join(', ')}]`;
  throw new Refused('INTERFACE', 'graph.input', `${name} is ${got}, expected ${expected}`);
}
