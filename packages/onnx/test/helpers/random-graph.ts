import { GraphBuilder } from '../../src/builder.ts';
import type { Graph } from '../../src/model.ts';
import { interpret } from './float64-interpreter.ts';
import type { TestRandom } from './random.ts';
import { sizeOf, type Tensor64 } from './tensor64.ts';

export interface RandomGraph {
  readonly graph: Graph;
  readonly wrt: readonly string[];
  readonly feeds: Readonly<Record<string, Tensor64>>;
}

/**
 * A random graph of smooth operators over inputs of one shape and of shapes that broadcast to it. Values are read any
 * number of times, so gradients fan out and some nodes are dead. Its only output is the scalar `loss`.
 */
export function randomGraph(random: TestRandom): RandomGraph {
  const b = new GraphBuilder('random');
  const shape = random.shape(2, 1);
  const shapes = [shape, random.broadcastable(shape), random.broadcastable(shape)];
  const wrt = shapes.map((dims, i) => b.input(`x${i}`, 'float32', dims));
  const feeds = Object.fromEntries(
    shapes.map((dims, i) => [`x${i}`, { shape: dims, data: random.uniform(sizeOf(dims), -1, 1) }]),
  );
  const values = [...wrt];
  const half = b.constant('float32', [], [0.5]);
  for (let i = random.integer(4, 10); i > 0; i--) {
    const [x, y] = [random.pick(values), random.pick(values)];
    // sums of products, the pattern that factorProducts looks for, are as likely as all else
    const next = random.pick([
      (): string => b.node(random.pick(['Add', 'Sub', 'Mul']), [x, y]),
      (): string => b.node('Mul', [x, b.node('Erf', [y])]),
      (): string =>
        b.node('Add', [
          b.node('Mul', [x, y]),
          b.node('Mul', [b.node('Mul', [x, half]), random.pick(values)]),
        ]),
    ]);
    values.push(next());
  }
  const used = [random.pick(values.slice(3)), ...wrt.filter(() => random.chance(0.7))];
  const sum = used.reduce((total, value) => b.node('Add', [total, b.node('Mul', [value, value])]));
  b.output(b.node('ReduceMean', [sum], { keepdims: 0 }, ['loss']), 'float32', []);
  const graph = b.build();
  const reached = Object.entries(feeds).filter(([name, x]) => lossMoves(graph, feeds, name, x));
  return { graph, wrt: reached.map(([name]) => name), feeds };
}

/** Whether the loss is a function of an input at all, asked of the numbers and not of the graph. */
function lossMoves(
  graph: Graph,
  feeds: Readonly<Record<string, Tensor64>>,
  name: string,
  { shape, data }: Tensor64,
): boolean {
  const loss = (shift: number): number => {
    const moved = { shape, data: data.map((x) => x + shift) };
    return interpret(graph, { ...feeds, [name]: moved })
      .get('loss')!
      .data.at(0)!;
  };
  return Math.abs(loss(0.25) - loss(0)) > 1e-9;
}
