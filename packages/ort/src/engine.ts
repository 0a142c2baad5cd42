import type { EngineName } from '@vqforge/base';
import type { ValueInfo } from '@vqforge/onnx';
import type { Tensors } from './tensor.ts';

/** How the native engine runs a model; the wasm engine has one way. */
export interface SessionOptions {
  /** Execution provider; default `cpu`. */
  readonly provider?: string;
  /** Threads of one operator; default: as many as ONNX Runtime finds cores. */
  readonly threads?: number;
  /** Whether idle threads wait in a busy loop; default: no. */
  readonly spinning?: boolean;
  /**
   * Whether ONNX Runtime plans the memory of a run by the run before. With it the second run of a size takes its memory
   * anew, all at once: 1.5 GB instead of 0.85 for LPIPS at 1080p, and no run is faster. A training step, which has the same
   * shapes thousands of times, is. Default: no.
   */
  readonly plansMemory?: boolean;
  /**
   * Whether the session has `runAtOnce`, and `run` is no more than that. onnxruntime-node puts each run off to a later turn of the
   * event loop, which takes longer than a run of microseconds; a caller that awaits one such run after another gives the event
   * loop no turn. Default: no.
   */
  readonly atOnce?: boolean;
}

/** One loaded model. Feeds and fetches are not checked: a caller passes what `inputs` says. */
export interface Session {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /**
   * @param fetches names of the outputs to compute; default: all
   * @param areGivenAway the feeds' memory may move to the thread that computes; default: it is copied
   */
  run(feeds: Tensors, fetches?: readonly string[], areGivenAway?: boolean): Promise<Tensors>;
  /** A run that is over when it returns; native sessions that were loaded with `atOnce` have it. */
  readonly runAtOnce?: (feeds: Tensors, fetches?: readonly string[]) => Tensors;
  release(): Promise<void>;
}

/**
 * ONNX Runtime behind one interface. `wasm` gives the same bits on every machine; `native` is faster, and its bits differ
 * between CPU types.
 */
export interface Engine {
  readonly name: EngineName;
  readonly version: string;
  /** Execution providers of this build that could work on this machine. */
  readonly providers: readonly string[];
  /** @throws Error as ONNX Runtime words it, for a model or a provider that it refuses */
  load(onnx: Uint8Array, options?: SessionOptions): Promise<Session>;
  /** After its sessions are released. */
  close(): Promise<void>;
}
