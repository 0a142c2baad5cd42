import { FeaturesError, FrameMeter } from '@vqforge/features';
import type { MeasureAnswer, MeasureRequest } from './measure-calls.ts';

let meter: FrameMeter | undefined;

/** A thread that measures features of consecutive frames. */
export function receive({ format, options, before, frames }: MeasureRequest): void {
  try {
    meter ??= new FrameMeter(format, options);
    const moments = frames.map(({ luma, ...moment }) => ({ ...moment, clips: luma.map((plane) => [plane]) }));
    const measured = meter.measure(before, moments);
    const memory = frames.flatMap(({ luma }) => luma.map(({ buffer }) => buffer));
    send({ frames: measured, memory }, memory as ArrayBuffer[]);
  } catch (error) {
    const code = error instanceof FeaturesError ? error.code : 'WORKER_FAILED';
    send({ code, message: error instanceof Error ? error.message : String(error) });
  }
}

function send(answer: MeasureAnswer, transfer: Transferable[] = []): void {
  postMessage(answer, { transfer });
}
