import type { Graph } from './model.ts';
import { OP_TABLES } from './op-table.ts';
import { tensorValue } from './shapes/layout.ts';
import { ShapeMismatch, type InferredValue } from './shapes/value.ts';

/** Shapes hardly depend on the opset; this is the one that gradients are written for. */
const OPSET = 17;

/**
 * Shapes of all values whose dimensions are known numbers, by the checker's shape rules. Values behind a symbolic
 * dimension, a mismatch or an operator outside the table are left out: checkModel says what is wrong with them.
 */
export function staticShapes(graph: Graph): Map<string, readonly number[]> {
  const values = new Map<string, InferredValue>();
  for (const input of graph.inputs) values.set(input.name, input);
  for (const tensor of graph.initializers) values.set(tensor.name, tensorValue(tensor));
  for (const { opType, inputs, outputs, attributes } of graph.nodes) {
    const rule = OP_TABLES.get(OPSET)?.[opType]?.shapes;
    const call = { inputs: inputs.map((name) => values.get(name)), attributes, outputCount: outputs.length };
    const inferred = rule === undefined ? [] : orNothing(() => rule(call));
    outputs.forEach((name, i) => values.set(name, inferred[i] ?? {}));
  }
  const known = [...values].flatMap(([name, { shape }]) => (isStatic(shape) ? [[name, shape] as const] : []));
  return new Map(known);
}

function orNothing(infer: () => readonly InferredValue[]): readonly InferredValue[] {
  try {
    return infer();
  } catch (error) {
    if (error instanceof ShapeMismatch) return [];
    throw error;
  }
}

function isStatic(shape: InferredValue['shape']): shape is readonly number[] {
  return shape !== undefined && shape.every((dim) => typeof dim === 'number');
}
