import { assertValidModel } from '../../src/check.ts';
import { backward } from '../../src/gradient.ts';
import type { Graph } from '../../src/model.ts';
import { staticShapes } from '../../src/static-shapes.ts';
import { interpret } from './float64-interpreter.ts';
import type { Tensor64 } from './tensor64.ts';

/** Step of the differences; their error is h⁴/30 times the fifth derivative, about 1e-11 here, plus 1e-13 of rounding. */
const STEP = 1e-3;

/**
 * Allowed error relative to the largest entry of the gradient (or 1). Rules write constants such as ln(2/√π) and 1/n
 * as float32, half an ulp of which is 6e-8; a few of them may meet in one graph. The differences are better than 1e-9.
 */
const TOLERANCE = 3e-7;

/**
 * Compares backward's gradients with central differences of the interpreted forward graph, and the static shapes of
 * the extended graph with those of the values.
 *
 * @returns one line per difference, empty when all is well
 */
export function gradientProblems(
  graph: Graph,
  loss: string,
  wrt: readonly string[],
  feeds: Readonly<Record<string, Tensor64>>,
): string[] {
  const extended = backward(graph, loss, wrt);
  assertValidModel({ irVersion: 8, opset: 17, producerName: 'test', graph: extended.graph });
  const values = interpret(extended.graph, feeds);
  const problems = wrt.flatMap((name, i) => {
    const x = values.get(name)!;
    const expected = differences(x.data, (data) => {
      const moved = interpret(graph, { ...feeds, [name]: { shape: x.shape, data } });
      return moved.get(loss)!.data.at(0)!;
    });
    const got = values.get(extended.gradients.at(i)!)!;
    const scale = Math.max(1, ...expected.map(Math.abs));
    const error = Math.max(0, ...expected.map((value, at) => Math.abs(value - got.data.at(at)!))) / scale;
    const sameShape = got.shape.join() === x.shape.join();
    return error <= TOLERANCE && sameShape
      ? []
      : [`gradient by ${name} is off by ${error}, shape [${got.shape.join()}], in ${describe(graph)}`];
  });
  const shapes = staticShapes(extended.graph);
  const misshapen = [...values]
    .filter(([name, { shape }]) => shapes.get(name)?.join() !== shape.join())
    .map(
      ([name]) => `static shape of ${name} is [${shapes.get(name)?.join()}] in ${describe(extended.graph)}`,
    );
  return [...problems, ...misshapen];
}

/** Five-point central differences: (f(x−2h) − 8f(x−h) + 8f(x+h) − f(x+2h)) / 12h. */
function differences(x: Float64Array, f: (x: Float64Array) => number): Float64Array {
  return x.map((value, i) => {
    const moved = (steps: number): number => f(x.with(i, value + steps * STEP));
    return (moved(-2) - 8 * moved(-1) + 8 * moved(1) - moved(2)) / (12 * STEP);
  });
}

function describe(graph: Graph): string {
  const inputs = graph.inputs.map(({ name, shape }) => `${name}[${shape.join()}]`);
  const nodes = graph.nodes.map(
    ({ opType, inputs: from, outputs }) => `${outputs.join()} = ${opType}(${from.join()})`,
  );
  return [...inputs, ...nodes].join('; ');
}
