import type { Model, ValueInfo } from '@vqforge/onnx';

/** The inputs that a caller feeds a graph, and its outputs. Old writers list initializers among the inputs, which need no feeding. */
export function modelInterface({ graph }: Model): {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
} {
  const constants = new Set(graph.initializers.map(({ name }) => name));
  return { inputs: graph.inputs.filter(({ name }) => !constants.has(name)), outputs: graph.outputs };
}
