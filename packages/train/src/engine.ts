import type { EngineName } from '@vqforge/artifact';
import { TrainError } from './errors.ts';

/** A float32 tensor in row-major order. */
export interface Float32Tensor {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

export type Feeds = Readonly<Record<string, Float32Tensor>>;
export type Fetches = Readonly<Record<string, Float32Tensor>>;

/** One loaded model. */
export interface Session {
  run(feeds: Feeds): Promise<Fetches>;
  release(): Promise<void>;
}

/**
 * ONNX Runtime behind one interface, one thread per session.
 * `wasm` gives the same bits on every machine; `native` is faster, and its bits differ between CPU types.
 */
export interface Engine {
  readonly name: EngineName;
  readonly version: string;
  load(model: Uint8Array): Promise<Session>;
}

/**
 * Loads the binding that was asked for and nothing else.
 * @throws TrainError ENGINE_UNAVAILABLE where ONNX Runtime does not load, for example without a library for this platform
 */
export async function openEngine(name: EngineName): Promise<Engine> {
  try {
    return name === 'wasm'
      ? (await import('./wasm-engine.ts')).wasmEngine()
      : (await import('./native-engine.ts')).nativeEngine();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TrainError('ENGINE_UNAVAILABLE', `the ${name} engine does not load: ${reason}`, {
      cause: error,
    });
  }
}
