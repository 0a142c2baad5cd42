import type { DataType, ValueInfo } from '@vqforge/onnx';
import type { InferenceSession, Tensor as OrtTensor, TensorConstructor } from 'onnxruntime-node';
import type { Session } from './engine.ts';
import type { Tensor, TensorData } from './tensor.ts';

type OrtTensors = Readonly<Record<string, OrtTensor>>;

/** @returns what ONNX Runtime answers, at once or later */
type Compute = (
  inputs: OrtTensors,
  fetches: readonly string[] | undefined,
) => InferenceSession.OnnxValueMapType | Promise<InferenceSession.OnnxValueMapType>;

/**
 * The two bindings have one API but a Tensor class each.
 *
 * @param compute in place of the session's own `run`
 */
export function wrapSession(
  session: InferenceSession,
  OrtTensor: TensorConstructor,
  compute: Compute = (inputs, fetches) =>
    fetches === undefined ? session.run(inputs) : session.run(inputs, fetches),
): Session {
  return {
    inputs: session.inputMetadata.map(valueInfo),
    outputs: session.outputMetadata.map(valueInfo),
    run: async (feeds, fetches) => {
      const inputs = Object.create(null) as Record<string, OrtTensor>;
      for (const name in feeds) inputs[name] = toOrt(feeds[name] as Tensor, OrtTensor);
      const results = await compute(inputs, fetches);
      const outputs = Object.create(null) as Record<string, Tensor>;
      for (const name in results) {
        const { type, dims, data } = results[name] as OrtTensor;
        outputs[name] = { type: type as DataType, dims, data: data as TensorData };
      }
      return outputs;
    },
    release: () => session.release(),
  };
}

function toOrt({ type, data, dims }: Tensor, OrtTensor: TensorConstructor): OrtTensor {
  // the constructor's overloads pair each type with its array; checkTensor did that already
  return new OrtTensor(type as 'float32', data as Float32Array, dims);
}

/** A model without tensors of the known types has been refused by its scan or is refused by its kind. */
function valueInfo(metadata: InferenceSession.ValueMetadata): ValueInfo {
  return metadata.isTensor
    ? { name: metadata.name, dataType: metadata.type as DataType, shape: metadata.shape }
    : { name: metadata.name, dataType: 'float32', shape: [] };
}
