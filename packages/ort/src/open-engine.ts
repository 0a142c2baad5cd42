import type { EngineName } from '@vqforge/base';
import type { Engine } from './engine.ts';
import { OrtError } from './errors.ts';

/**
 * Loads one binding and nothing else. Without a choice: native, or wasm where no native library loads.
 *
 * @throws OrtError ENGINE_UNAVAILABLE
 * @example
 * (await openEngine('wasm')).providers; // => ['wasm']
 */
export async function openEngine(name: EngineName | undefined): Promise<Engine> {
  try {
    return name === 'wasm'
      ? (await import('./wasm-engine.ts')).wasmEngine()
      : (await import('./native-engine.ts')).nativeEngine();
  } catch (error) {
    if (name === undefined) return openEngine('wasm');
    const reason = error instanceof Error ? error.message : String(error);
    throw new OrtError('ENGINE_UNAVAILABLE', `the ${name} engine does not load: ${reason}`, { cause: error });
  }
}
