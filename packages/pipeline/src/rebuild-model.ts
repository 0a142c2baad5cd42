import { byFamily } from '@vqforge/artifact';
import { VERSION } from '@vqforge/runtime';
import { rebuildLpips } from './lpips-rebuild.ts';
import { rebuildRegressor, type RebuildOptions } from './rebuild-regressor.ts';
import type { Rebuild } from './regenerate.ts';

export interface RebuildFromOptions extends Pick<
  RebuildOptions,
  'root' | 'from' | 'signal' | 'observer' | 'now'
> {
  /** Further folders that are searched for weights of LPIPS models alone; default: none. */
  readonly weightsFrom?: readonly string[];
  /** What the documents of a rebuilt model say they were written by; default: this version of vqforge. */
  readonly version?: string;
  /** Training threads; default 1. */
  readonly workers?: number;
  /** Called before a model is rebuilt. */
  readonly onModel?: (id: string) => void;
}

/**
 * How `regenerate` makes a model again, whatever its family: a regressor by training, an LPIPS model from its weights.
 *
 * @param options `from` are the folders that are searched for the inputs that a model's provenance names
 * @throws PipelineError NOT_REPRODUCIBLE | GATE_REFUSED when a model is rebuilt
 * @example
 * const rebuild = rebuildFrom({ root: '.', from: ['datasets'], now: () => performance.now() });
 * await regenerate({ registry: 'model/tiny', ids: [], check: true, rebuild }); // => [{ id: 'fr_regressor_v1', outcome: 'same', … }]
 */
export function rebuildFrom(options: RebuildFromOptions): Rebuild {
  const { version = VERSION, workers = 1, onModel, weightsFrom = [], ...rest } = options;
  return (sidecar, scratch) => {
    onModel?.(sidecar.id);
    return byFamily(sidecar, {
      'fr-regressor': (regressor) => rebuildRegressor(regressor, scratch, { ...rest, version, workers }),
      lpips: (model) => rebuildLpips(model, { from: [...rest.from, ...weightsFrom], version }),
    });
  };
}
