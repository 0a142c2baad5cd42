import type { ValueInfo } from '@vqforge/onnx';
import { reasonOf, RuntimeError } from './errors.ts';
import type { Tensors } from './tensor.ts';

/** `native` is onnxruntime-node; `wasm` is onnxruntime-web in one thread, for places without a native library. */
export type EngineName = 'native' | 'wasm';

export interface SessionOptions {
  /** Threads of one operator; default: as many as ONNX Runtime finds cores. */
  readonly threads?: number;
  /** Whether idle threads wait in a busy loop. */
  readonly spinning: boolean;
}

/** One loaded model. */
export interface Session {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** @param fetches names of the outputs to compute; default: all */
  run(feeds: Tensors, fetches?: readonly string[]): Promise<Tensors>;
  release(): Promise<void>;
}

/** ONNX Runtime behind one interface. */
export interface Engine {
  readonly name: EngineName;
  readonly version: string;
  /** Execution providers of this build that could work on this machine. */
  readonly providers: readonly string[];
  load(onnx: Uint8Array, provider: string, options: SessionOptions): Promise<Session>;
  /** After its sessions are released. */
  close(): Promise<void>;
}

/**
 * Loads one binding and nothing else. Without a choice: native, or wasm where no native library loads.
 *
 * @throws RuntimeError ENGINE_UNAVAILABLE
 */
export async function openEngine(name: EngineName | undefined): Promise<Engine> {
  try {
    return name === 'wasm'
      ? (await import('./wasm-engine.ts')).wasmEngine()
      : (await import('./native-engine.ts')).nativeEngine();
  } catch (error) {
    if (name === undefined) return openEngine('wasm');
    throw new RuntimeError('ENGINE_UNAVAILABLE', `the ${name} engine does not load: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}
