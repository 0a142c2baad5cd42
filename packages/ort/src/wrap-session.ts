import type { DataType, ValueInfo } from '@vqforge/onnx';
import type { InferenceSession, Tensor as OrtTensor, TensorConstructor } from 'onnxruntime-node';
import type { Session } from './engine.ts';
import type { Tensor, TensorData, Tensors } from './tensor.ts';

type OrtTensors = Readonly<Record<string, OrtTensor>>;

/** The two bindings have one API but a Tensor class each. */
export function wrapSession(session: InferenceSession, OrtTensor: TensorConstructor): Session {
  return {
    inputs: session.inputMetadata.map(valueInfo),
    outputs: session.outputMetadata.map(valueInfo),
    run: async (feeds, fetches) => {
      const inputs = toOrt(feeds, OrtTensor);
      return fromOrt(await (fetches === undefined ? session.run(inputs) : session.run(inputs, fetches)));
    },
    release: () => session.release(),
  };
}

/** Feeds as ONNX Runtime takes them. */
export function toOrt(feeds: Tensors, OrtTensor: TensorConstructor): OrtTensors {
  const inputs = Object.create(null) as Record<string, OrtTensor>;
  for (const name in feeds) {
    const { type, data, dims } = feeds[name] as Tensor;
    // the constructor's overloads pair each type with its array; checkTensor did that already
    inputs[name] = new OrtTensor(type as 'float32', data as Float32Array, dims);
  }
  return inputs;
}

/** What ONNX Runtime answered. */
export function fromOrt(results: InferenceSession.OnnxValueMapType): Tensors {
  const outputs = Object.create(null) as Record<string, Tensor>;
  for (const name in results) {
    const { type, dims, data } = results[name] as OrtTensor;
    outputs[name] = { type: type as DataType, dims, data: data as TensorData };
  }
  return outputs;
}

/** A model without tensors of the known types has been refused by its scan or is refused by its kind. */
function valueInfo(metadata: InferenceSession.ValueMetadata): ValueInfo {
  return metadata.isTensor
    ? { name: metadata.name, dataType: metadata.type as DataType, shape: metadata.shape }
    : { name: metadata.name, dataType: 'float32', shape: [] };
}
