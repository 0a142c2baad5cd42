/** Graphs written as data: values as text, nodes in one line. */
import { checkModel } from '../src/check.ts';
import type { Attribute, DataType, Dim, Graph, Node, Tensor, ValueInfo } from '../src/model.ts';
import { model } from './models.ts';

/** Values as `float32 2 N`, attributes as they are. */
export function value(name: string, type: string): ValueInfo {
  const [dataType, ...dims] = type.split(' ');
  return {
    name,
    dataType: dataType as DataType,
    shape: dims.map((dim): Dim => (/^\d+$/.test(dim) ? Number(dim) : dim)),
  };
}

export interface Sample {
  readonly inputs?: Readonly<Record<string, string>>;
  readonly outputs?: Readonly<Record<string, string>>;
  readonly nodes?: readonly Node[];
  readonly initializers?: readonly Tensor[];
}

function graphOf({ inputs = {}, outputs = {}, nodes = [], initializers = [] }: Sample): Graph {
  const values = (types: Readonly<Record<string, string>>): ValueInfo[] =>
    Object.entries(types).map(([name, type]) => value(name, type));
  return { name: 'sample', inputs: values(inputs), outputs: values(outputs), nodes, initializers };
}

export function op(
  opType: string,
  inputs: string[],
  outputs: string[],
  attributes: Record<string, Attribute> = {},
): Node {
  return { opType, inputs, outputs, attributes };
}

export const int = (value: number): Attribute => ({ type: 'int', value });
export const ints = (...value: number[]): Attribute => ({ type: 'ints', value });
export const int64 = (name: string, dims: number[], ...elements: number[]): Tensor => ({
  name,
  dataType: 'int64',
  dims,
  raw: new Uint8Array(BigInt64Array.from(elements, BigInt).buffer),
});

export function findings(sample: Sample, opset = 17): string[] {
  return checkModel(model(graphOf(sample), opset)).map(({ code, path }) => `${code} ${path}`);
}
