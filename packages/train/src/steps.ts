import type { Feeds, Fetches, Float32Tensor, Session } from './engine.ts';

/** What an optimiser step hands to the next one: three vectors of one length. */
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
  /** Feeds of the next steps, as many as are asked for. */
  readonly next: (steps: number) => Feeds;
  readonly steps: number;
  readonly stepsPerRun: number;
  /** What the graph tells of the steps of one run, `<name>_steps`, and how many steps are done. */
  readonly onRun: (observed: Fetches, done: number) => void | Promise<void>;
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
  let parameters: Float32Tensor = { data: state.parameters, dims };
  let firstMoment: Float32Tensor = { data: state.firstMoment, dims };
  let secondMoment: Float32Tensor = { data: state.secondMoment, dims };
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
