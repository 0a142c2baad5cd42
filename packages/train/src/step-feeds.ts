import { RandomStream, shuffle } from '@vqforge/base';
import { float32Tensor, type Float32Tensor } from '@vqforge/ort';
import { type Optimiser, StepNumbers } from './optimiser.ts';

/** The optimiser's own inputs, which every training graph takes at each step; scalars. */
const NUMBERS = { step_size: [], step_epsilon: [], decay: [] } as const;

/** The per-step inputs of a training graph, in buffers that are reused from one call to the next. */
export class StepFeeds<Name extends string> {
  /** Elements of consecutive steps, by the name of the input. */
  readonly buffers: Readonly<Record<Name | keyof typeof NUMBERS, Float32Array>>;
  readonly #dims: readonly (readonly [Name, readonly number[]])[];
  readonly #numbers: StepNumbers;

  /**
   * @param dims         of one step of each input that the graph has, beside the optimiser's
   * @param stepsPerCall the most steps that are fed at once
   */
  constructor(
    dims: Readonly<Partial<Record<Name, readonly number[]>>>,
    optimiser: Optimiser,
    stepsPerCall: number,
  ) {
    this.#dims = Object.entries<unknown>({ ...dims, ...NUMBERS }) as [Name, readonly number[]][];
    const buffers = this.#dims.map(([name, of]) => [name, new Float32Array(elements(stepsPerCall, of))]);
    this.buffers = Object.fromEntries(buffers) as StepFeeds<Name>['buffers'];
    this.#numbers = new StepNumbers(optimiser);
  }

  /** Passes over steps that were done before. */
  skip(steps: number): void {
    for (let step = 0; step < steps; step++) this.#numbers.next();
  }

  /** Puts the optimiser's numbers of the next step at a place of the buffers. */
  putNumbers(place: number): void {
    const { stepSize, stepEpsilon, decay } = this.#numbers.next();
    this.buffers.step_size[place] = stepSize;
    this.buffers.step_epsilon[place] = stepEpsilon;
    this.buffers.decay[place] = decay;
  }

  /** Inputs `<name>_steps` [steps, …] for the first steps of the buffers; valid until these are written to. */
  tensors(steps: number): Readonly<Record<string, Float32Tensor>> {
    return Object.fromEntries(
      this.#dims.map(([name, dims]) => {
        const data = this.buffers[name].subarray(0, elements(steps, dims));
        return [`${name}_steps`, float32Tensor(data, [steps, ...dims])];
      }),
    );
  }
}

function elements(steps: number, dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, steps);
}

/** Puts the rows 0, 1, … in the order of an epoch, which is a function of the seed and the epoch alone. */
export function shuffleRows(order: Uint32Array, seed: number, epoch: number): void {
  order.forEach((_, row) => (order[row] = row));
  shuffle(order, new RandomStream(seed, 'shuffle', epoch));
}
