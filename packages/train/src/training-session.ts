import type { Engine, Session } from '@vqforge/ort';
import { compileLessWasm } from './wasm-tiering.ts';

/** A session with one thread, so that sums are taken in one order; parallelism comes from worker threads. */
export async function openTrainingSession(engine: Engine, model: Uint8Array): Promise<Session> {
  if (engine.name === 'wasm') compileLessWasm();
  return engine.load(model, { threads: 1, plansMemory: true });
}
