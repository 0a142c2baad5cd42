import { MODEL_ID } from '@vqforge/artifact';
import { basename } from 'node:path';
import { PINNED_LPIPS } from '@vqforge/export';
import { PipelineError } from './errors.ts';
import { PINNED_RUN } from './output-paths.ts';

/**
 * The id that a regressor is published under: the given one, else the name of its file, else `fr_regressor_v1`.
 *
 * @param outOnnx the model file that the user names, if any
 * @throws PipelineError BAD_NAME for what a registry does not take, and for the ids of the pinned LPIPS models
 * @example regressorId(undefined, 'reg/prod_2025.onnx') // => 'prod_2025'
 */
export function regressorId(id: string | undefined, outOnnx: string | undefined): string {
  const wanted = id ?? (outOnnx === undefined ? PINNED_RUN : basename(outOnnx, '.onnx'));
  const flag = id === undefined ? '--out-onnx' : '--id';
  if (PINNED_LPIPS.some((pinned) => pinned.id === wanted))
    throw new PipelineError(
      'BAD_NAME',
      `${flag}: ${wanted} is the id of the pinned LPIPS model, and this is a regressor; choose another id`,
    );
  if (MODEL_ID.test(wanted)) return wanted;
  throw new PipelineError(
    'BAD_NAME',
    `${flag}: an id is at most 64 small letters, digits, _ and -, a letter or digit first, got ${JSON.stringify(wanted)}; ${id === undefined ? 'name the model with --id' : 'choose another one'}`,
  );
}
