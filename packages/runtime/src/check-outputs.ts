import type { ValueInfo } from '@vqforge/onnx';
import type { Tensor, Tensors } from '@vqforge/ort';
import { RuntimeError } from './errors.ts';
import { checkTensor } from './check-tensor.ts';

/**
 * Refuses outputs that are not of the shape and type that a model declares.
 *
 * @throws RuntimeError RUN_FAILED
 */
type OutputsCheck = (outputs: Tensors, feeds: Tensors, fetches: readonly string[] | undefined) => void;

/**
 * A check of what a run answered, as a graph may declare one shape and give another: type and axes as declared, and along
 * the first axis one item per row or distorted image that was fed, so that no answer reaches another caller.
 *
 * @param batchInput name of the input whose first axis counts the items
 */
export function outputsCheck(outputs: readonly ValueInfo[], batchInput: string): OutputsCheck {
  const declared = new Map(outputs.map((output) => [output.name, output]));
  const all = [...declared.keys()];
  return (answers, feeds, fetches) => {
    const items = feeds[batchInput]?.dims[0];
    for (const name of fetches ?? all) {
      const output = declared.get(name);
      const answer = Object.hasOwn(answers, name) ? answers[name] : undefined;
      if (output === undefined || answer === undefined)
        throw new RuntimeError('RUN_FAILED', `the model answered no ${name}`);
      if (!isAsDeclared(answer, output, items))
        throw new RuntimeError(
          'RUN_FAILED',
          `the model answered ${name} as ${answer.type} [${answer.dims.join()}] for ${items} items, declared as ${output.dataType} [${output.shape.join()}]; do not use it`,
        );
    }
  };
}

function isAsDeclared(
  answer: Tensor,
  { name, dataType, shape }: ValueInfo,
  items: number | undefined,
): boolean {
  const { type, dims } = answer;
  const fits =
    type === dataType &&
    dims.length === shape.length &&
    dims[0] === items &&
    shape.every((dim, axis) => typeof dim === 'string' || dim === dims[axis]) &&
    (name !== 'score' || dims.length === 1);
  if (!fits) return false;
  try {
    checkTensor(name, answer);
    return true;
  } catch (error) {
    if (error instanceof RuntimeError) return false;
    throw error;
  }
}
