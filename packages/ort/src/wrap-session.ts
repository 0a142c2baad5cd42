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

/** Feeds as tensors of ONNX Runtime. */
export function toOrt(feeds: Tensors, OrtTensor: TensorConstructor): OrtTensors {
  const inputs = Object.create(null) as Record<string, OrtTensor>;
  for (const name in feeds) {
    const tensor = feeds[name] as Tensor;
    // the constructor's overloads pair each type with its array; checkTensor did that already
    inputs[name] = new OrtTensor(tensor.type as 'float32', valuesOf(tensor) as Float32Array, tensor.dims);
  }
  return inputs;
}

function valuesOf({ data, dims, tables }: Tensor): TensorData {
  if (tables === undefined) return data;
  const plane = (dims[2] as number) * (dims[3] as number);
  const values = new Float32Array(data.length);
  for (let start = 0; start < data.length; start += plane) {
    const table = tables[(start / plane) % 3] as Float32Array;
    for (let i = start; i < start + plane; i++) values[i] = table[data[i] as number] as number;
  }
  return values;
}

/** Results of ONNX Runtime as tensors. */
export function fromOrt(results: InferenceSession.OnnxValueMapType): Tensors {
  const outputs = Object.create(null) as Record<string, Tensor>;
  for (const name in results) {
    const { type, dims, data } = results[name] as OrtTensor;
    outputs[name] = { type: type as DataType, dims, data: data as TensorData };
  }
  return outputs;
}

/** Name, type and shape of an input or output; one that is no tensor gets no dimensions, so that no model of ours fits it. */
function valueInfo(metadata: InferenceSession.ValueMetadata): ValueInfo {
  return metadata.isTensor
    ? { name: metadata.name, dataType: metadata.type as DataType, shape: metadata.shape }
    : { name: metadata.name, dataType: 'float32', shape: [] };
}
