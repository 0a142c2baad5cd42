import { setFlagsFromString } from 'node:v8';

/**
 * How much work a WebAssembly function has done before V8 compiles it again, optimised; V8's own 1.8 million sends thousands
 * of functions there, which takes 4 s of processor time from the training. The kernels that matter get there anyway.
 * It decides when code is compiled, never what it computes.
 */
const TIERING_BUDGET = 100_000_000;

/** Has V8 optimise WebAssembly later, for this process from now on, which saves processor time in short runs: training in wasm, and the table's decoder, which runs while engines load. */
export function compileLessWasm(): void {
  setFlagsFromString(`--wasm-tiering-budget=${TIERING_BUDGET}`);
}
