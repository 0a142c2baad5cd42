import { FeaturesError, FrameMeter } from '@vqforge/features';
import { workerScope } from '../worker-scope.ts';
import type { MeasureAnswer, MeasureRequest } from './measure-calls.ts';

/** A thread that measures features of consecutive frames. */
const scope = workerScope<MeasureRequest, MeasureAnswer>();
let meter: FrameMeter | undefined;

scope.receive(({ format, options, before, frames }) => {
  try {
    meter ??= new FrameMeter(format, options);
    const moments = frames.map(({ luma, ...moment }) => ({ ...moment, clips: luma.map((plane) => [plane]) }));
    const measured = meter.measure(before, moments);
    const memory = frames.flatMap(({ luma }) => luma.map(({ buffer }) => buffer));
    scope.send({ frames: measured, memory }, memory as ArrayBuffer[]);
  } catch (error) {
    const code = error instanceof FeaturesError ? error.code : 'WORKER_FAILED';
    scope.send({ code, message: error instanceof Error ? error.message : String(error) });
  }
});
