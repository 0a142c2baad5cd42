import { withoutDeadNodes } from './gradient.ts';
import type { Graph, Node } from './model.ts';

/**
 * Factors what reverse mode expands: a·b + (a·c)·d becomes a·(b + c·d), one elementwise pass less over the batch.
 * This is the shape of every product rule u·f(u), such as GELU's, where `a` is the incoming gradient.
 * Results are equal up to float rounding; the shapes of a·b, c and d must agree, so only values of the same
 * static shape are touched.
 */
export function factorProducts(graph: Graph, shapes: ReadonlyMap<string, readonly number[]>): Graph {
  const producer = new Map(
    graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)),
  );
  const uses = new Map<string, number>();
  const read = [...graph.nodes.flatMap(({ inputs }) => inputs), ...graph.outputs.map(({ name }) => name)];
  for (const name of read) uses.set(name, (uses.get(name) ?? 0) + 1);

  const product = (value: string): Node | undefined => {
    const node = producer.get(value);
    return node?.opType === 'Mul' && uses.get(value) === 1 ? node : undefined;
  };
  const sameShape = (...values: string[]): boolean =>
    new Set(values.map((value) => shapes.get(value)?.join() ?? value)).size === 1;

  const nodes = graph.nodes.flatMap((node): Node[] => {
    if (node.opType !== 'Add') return [node];
    const [left, right] = node.inputs.map(product);
    const match =
      left && right ? (commonFactor(left, right, product) ?? commonFactor(right, left, product)) : undefined;
    if (match === undefined || !sameShape(match.a, match.b, match.c, match.d)) return [node];
    const output = node.outputs[0] as string;
    const call = (opType: string, inputs: string[], name: string): Node => {
      return { opType, inputs, outputs: [name], attributes: {} };
    };
    const [cd, factor] = [`${output}_cd`, `${output}_factor`];
    return [
      call('Mul', [match.c, match.d], cd),
      call('Add', [match.b, cd], factor),
      call('Mul', [match.a, factor], output),
    ];
  });
  return withoutDeadNodes({ ...graph, nodes });
}

/** Matches ab = a·b and acd = (a·c)·d for a common a. */
function commonFactor(
  ab: Node,
  acd: Node,
  product: (value: string) => Node | undefined,
): { a: string; b: string; c: string; d: string } | undefined {
  for (const [i, inner] of acd.inputs.entries()) {
    const ac = product(inner);
    const a = ac?.inputs.find((input) => ab.inputs.includes(input));
    if (ac === undefined || a === undefined) continue;
    return { a, b: other(ab, a), c: other(ac, a), d: acd.inputs[1 - i] as string };
  }
  return undefined;
}

function other(node: Node, input: string): string {
  return node.inputs[node.inputs[0] === input ? 1 : 0] as string;
}
