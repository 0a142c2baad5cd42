import { float32Tensor, type Float32Tensor, type Session, type Tensors } from '@vqforge/ort';

/** State that an optimiser step hands to the next one: three vectors of one length. */
export interface OptimiserState {
  readonly parameters: Float32Array;
  readonly firstMoment: Float32Array;
  readonly secondMoment: Float32Array;
}

/** Adam starts with moments of 0. */
export function initialState(parameters: Float32Array): OptimiserState {
  const zeros = (): Float32Array => new Float32Array(parameters.length);
  return { parameters, firstMoment: zeros(), secondMoment: zeros() };
}

interface StepsOptions {
  /** A session of a model that `scanModel` made. */
  readonly session: Session;
  readonly state: OptimiserState;
  /** Tensors of the next steps, as many as are asked for. */
  readonly next: (steps: number) => Tensors;
  readonly steps: number;
  readonly stepsPerRun: number;
  /** Called after each run with the graph's outputs about its steps, `<name>_steps`, and the number of steps done. */
  readonly onRun: (observed: Tensors, done: number) => void | Promise<void>;
}

/** Runs optimiser steps, a bounded number at a time, and returns the state after the last. */
export async function runSteps({
  session,
  state,
  next,
  steps,
  stepsPerRun,
  onRun,
}: StepsOptions): Promise<OptimiserState> {
  const dims = [state.parameters.length];
  let parameters: Float32Tensor = float32Tensor(state.parameters, dims);
  let firstMoment: Float32Tensor = float32Tensor(state.firstMoment, dims);
  let secondMoment: Float32Tensor = float32Tensor(state.secondMoment, dims);
  for (let done = 0; done < steps;) {
    const count = Math.min(stepsPerRun, steps - done);
    const fetches = await session.run({
      parameters_before: parameters,
      first_moment_before: firstMoment,
      second_moment_before: secondMoment,
      ...next(count),
    });
    parameters = fetches['parameters_after'] as Float32Tensor;
    firstMoment = fetches['first_moment_after'] as Float32Tensor;
    secondMoment = fetches['second_moment_after'] as Float32Tensor;
    done += count;
    await onRun(fetches, done);
  }
  return { parameters: parameters.data, firstMoment: firstMoment.data, secondMoment: secondMoment.data };
}
