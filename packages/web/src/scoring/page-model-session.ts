import { wasmEngine } from '@vqforge/ort';
import { type RegistrySource, verifyModel } from '@vqforge/registry';
import { FrRegressor, openVerified } from '@vqforge/runtime';

const REGRESSOR = 'fr_regressor_v1';

/**
 * The regressor that comes with the page, from bytes that are what the registry pins; nothing becomes a session before that.
 *
 * @throws RegistryError of files that are not what is pinned; RuntimeError
 */
export async function openRegressor(source: RegistrySource, base: string): Promise<FrRegressor> {
  const verified = await verifyModel(source, REGRESSOR);
  return FrRegressor.of(await openVerified(verified, wasmEngine({ files: runtimeFiles(base) })));
}

/** Where the page has ONNX Runtime's two files. */
function runtimeFiles(base: string): { mjs: string; wasm: string } {
  const at = (name: string): string => new URL(`ort/${name}`, base).href;
  return { mjs: at('ort-wasm-simd-threaded.mjs'), wasm: at('ort-wasm-simd-threaded.wasm') };
}
