/**
 * ONNX in ONNX's own words: https://onnx.ai/onnx/repo-docs/IR.html.
 * Plain data; every function of this package takes or returns these types.
 */

/** The element types that the toolchain writes; names as in ONNX Runtime's JavaScript API. */
export type DataType = 'float32' | 'uint8' | 'int8' | 'int32' | 'int64' | 'bool' | 'float64';

/** TensorProto.DataType numbers (onnx.proto, enum DataType). */
export const DATA_TYPE_NUMBER: Readonly<Record<DataType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float64: 11,
};

const DATA_TYPES = new Map(
  Object.entries(DATA_TYPE_NUMBER).map(([name, number]) => [number, name as DataType]),
);

/** The element type of a TensorProto.DataType number; undefined for a type without a place here. */
export function dataTypeOf(number: number | undefined): DataType | undefined {
  return DATA_TYPES.get(number ?? 0);
}

/** Bytes of one element in a TensorProto's raw_data. */
export const DATA_TYPE_BYTES: Readonly<Record<DataType, number>> = {
  float32: 4,
  uint8: 1,
  int8: 1,
  int32: 4,
  int64: 8,
  bool: 1,
  float64: 8,
};

/** The elements that an integer type can hold; of int64 those that a number tells apart from their neighbours. */
export const INTEGER_RANGE: Readonly<Partial<Record<DataType, readonly [number, number]>>> = {
  int64: [-(2 ** 53), 2 ** 53],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  int8: [-128, 127],
  uint8: [0, 255],
  bool: [0, 1],
};

/** A fixed size, or the name of a symbolic dimension (dim_param). */
export type Dim = number | string;

/** An input or output of a graph. */
export interface ValueInfo {
  readonly name: string;
  readonly dataType: DataType;
  readonly shape: readonly Dim[];
}

/** A constant tensor of a graph (initializer) or of an attribute; `raw` holds little-endian elements. */
export interface Tensor {
  readonly name: string;
  readonly dataType: DataType;
  readonly dims: readonly number[];
  readonly raw: Uint8Array;
}

export type Attribute =
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'int'; readonly value: number }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'floats'; readonly value: readonly number[] }
  | { readonly type: 'ints'; readonly value: readonly number[] }
  | { readonly type: 'tensor'; readonly value: Tensor }
  | { readonly type: 'graph'; readonly value: Graph };

/** One call of an operator. */
export interface Node {
  readonly opType: string;
  /** Value names; '' is an omitted optional input. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** In the order in which they are encoded. */
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** Nodes in the order in which they run, with the values that they start from and end in. */
export interface Graph {
  readonly name: string;
  readonly nodes: readonly Node[];
  readonly initializers: readonly Tensor[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
}

/** The value of an integer attribute, or `fallback` where there is none. */
export function intAttribute(
  { attributes }: Pick<Node, 'attributes'>,
  name: string,
  fallback: number,
): number {
  const attribute = ownAttribute(attributes, name);
  return attribute?.type === 'int' ? attribute.value : fallback;
}

/** The value of an attribute that is a list of integers, where there is one. */
export function intsAttribute(
  { attributes }: Pick<Node, 'attributes'>,
  name: string,
): readonly number[] | undefined {
  const attribute = ownAttribute(attributes, name);
  return attribute?.type === 'ints' ? attribute.value : undefined;
}

/** The value of a floating-point attribute, or `fallback` where there is none. */
export function floatAttribute(
  { attributes }: Pick<Node, 'attributes'>,
  name: string,
  fallback: number,
): number {
  const attribute = ownAttribute(attributes, name);
  return attribute?.type === 'float' ? attribute.value : fallback;
}

function ownAttribute(attributes: Node['attributes'], name: string): Attribute | undefined {
  return Object.hasOwn(attributes, name) ? attributes[name] : undefined;
}

/** A model as this toolchain writes it: one opset of the default domain, no metadata, no functions. */
export interface Model {
  readonly irVersion: number;
  readonly opset: number;
  readonly producerName: string;
  readonly graph: Graph;
}
