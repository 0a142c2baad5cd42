import { GraphBuilder } from './builder.ts';
import { decodeElements } from './tensor-data.ts';
import { OnnxError } from './errors.ts';
import { GRADIENT_RULES, type GradientRule } from './gradient-rules.ts';
import type { Graph, Node } from './model.ts';
import { staticShapes } from './static-shapes.ts';

/**
 * Reverse-mode differentiation, graph → graph: returns the graph extended by nodes that compute the gradient of the
 * scalar `loss` by each value of `wrt`.
 *
 * The walk knows three things: reverse topological order, summing where a value is used more than once, and the
 * table of local derivatives (gradient-rules.ts). Every shape must be static, because broadcasts are undone by shape.
 *
 * @param graph    forward graph; node order is topological, as ONNX demands
 * @param loss     name of a value of one element
 * @param wrt      names of values (inputs, initializers or intermediates)
 * @returns the extended graph, whose outputs are the old ones and then the gradients, each once, and the gradients' names in the order of `wrt`
 * @throws OnnxError NO_GRADIENT_RULE names the operator; INVALID_GRAPH when the loss is no scalar or does not depend on a value of `wrt`
 */
export function backward(
  graph: Graph,
  loss: string,
  wrt: readonly string[],
): { graph: Graph; gradients: string[] } {
  const dependent = reachedFrom(graph, new Set(wrt));
  // rules before shapes: an operator without a rule leaves the shapes behind it unknown
  const path = pathToLoss(graph, loss, dependent).map((node) => ({ node, rule: ruleOf(node) }));
  const shapes = staticShapes(graph);
  const shape = (value: string): readonly number[] => {
    const known = shapes.get(value);
    if (known === undefined)
      throw new OnnxError('INVALID_GRAPH', `the shape of ${value} is not static, gradients need it`);
    return known;
  };
  if (shape(loss).some((dim) => dim !== 1))
    throw new OnnxError(
      'INVALID_GRAPH',
      `loss ${loss} must have one element, got shape [${shape(loss).join()}]`,
    );

  const constants = new Map(graph.initializers.map((tensor) => [tensor.name, tensor]));
  const integers = (value: string): readonly number[] => {
    const tensor = constants.get(value);
    if (tensor?.dataType !== 'int64')
      throw new OnnxError(
        'INVALID_GRAPH',
        `${value} must be a constant int64 tensor to differentiate through its node`,
      );
    return decodeElements(tensor);
  };

  const builder = GraphBuilder.extend(graph);
  const sums = new Map<string, string>();
  sums.set(loss, builder.constant('float32', shape(loss), [1]));

  for (const { node, rule } of path) {
    const gradOutputs = node.outputs.map((output) => sums.get(output) ?? '');
    if (gradOutputs.every((name) => name === '')) continue;
    const needs = (input: number): boolean => dependent.has(node.inputs[input] ?? '');
    const gradInputs = rule({ builder, node, gradOutputs, shape, integers, needs });
    for (const [i, gradient] of gradInputs.entries()) {
      const input = node.inputs[i] ?? '';
      if (gradient === '' || !dependent.has(input)) continue;
      const sum = sums.get(input);
      sums.set(input, sum === undefined ? gradient : builder.node('Add', [sum, gradient]));
    }
  }

  const gradients = wrt.map((value) => {
    const gradient = sums.get(value);
    if (gradient === undefined)
      throw new OnnxError('INVALID_GRAPH', `loss ${loss} does not depend on ${value}`);
    return gradient;
  });
  // x + y has one gradient by x and by y: a graph lists an output once
  for (const [i, gradient] of gradients.entries())
    if (gradients.indexOf(gradient) === i) builder.output(gradient, 'float32', shape(wrt[i] as string));
  return { graph: withoutDeadNodes(builder.build()), gradients };
}

/** Every value computed from one of `sources`, the sources included. */
function reachedFrom(graph: Graph, sources: ReadonlySet<string>): Set<string> {
  const reached = new Set(sources);
  for (const node of graph.nodes) {
    if (node.inputs.some((input) => reached.has(input)))
      for (const output of node.outputs) reached.add(output);
  }
  return reached;
}

/** The nodes between the `dependent` values and the loss, last first. */
function pathToLoss(graph: Graph, loss: string, dependent: ReadonlySet<string>): Node[] {
  const needed = new Set([loss]);
  return [...graph.nodes].reverse().filter((node) => {
    const inputs = node.inputs.filter((input) => dependent.has(input));
    if (inputs.length === 0 || !node.outputs.some((output) => needed.has(output))) return false;
    for (const input of inputs) needed.add(input);
    return true;
  });
}

function ruleOf(node: Node): GradientRule {
  const rule = Object.hasOwn(GRADIENT_RULES, node.opType) ? GRADIENT_RULES[node.opType] : undefined;
  if (rule === undefined)
    throw new OnnxError(
      'NO_GRADIENT_RULE',
      `there is no gradient rule for operator ${node.opType} (output ${node.outputs[0]})`,
    );
  return rule;
}

/** Drops nodes and initializers that neither a later node nor a graph output reads. */
export function withoutDeadNodes(graph: Graph): Graph {
  const read = new Set(graph.outputs.map((output) => output.name));
  const live: Node[] = [];
  for (const node of [...graph.nodes].reverse()) {
    if (!node.outputs.some((output) => read.has(output))) continue;
    for (const input of node.inputs) read.add(input);
    live.push(node);
  }
  return {
    ...graph,
    nodes: live.reverse(),
    initializers: graph.initializers.filter((tensor) => read.has(tensor.name)),
  };
}
