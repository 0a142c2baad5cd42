/**
 * Float32 initializers of an ONNX file by name, as raw little-endian bytes: just enough protobuf to be independent of
 * the packages under test. Field numbers: onnx.proto3, ModelProto.graph 7, GraphProto.initializer 5,
 * TensorProto.name 8 and raw_data 9.
 */
export function rawInitializers(model: Uint8Array): Map<string, Uint8Array> {
  const initializers = new Map<string, Uint8Array>();
  for (const graph of fieldsOf(model, 7)) {
    for (const tensor of fieldsOf(graph, 5)) {
      const [name = new Uint8Array()] = fieldsOf(tensor, 8);
      const [data = new Uint8Array()] = fieldsOf(tensor, 9);
      initializers.set(Buffer.from(name).toString('utf8'), data);
    }
  }
  return initializers;
}

/** The length-delimited fields of a message with this number. */
function fieldsOf(message: Uint8Array, wanted: number): Uint8Array[] {
  const found: Uint8Array[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message.at(at++) as number;
      value += (byte & 0x7f) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const wireType = tag & 7;
    if (wireType === 0) varint();
    else if (wireType === 5) at += 4;
    else if (wireType === 1) at += 8;
    else {
      const length = varint();
      if (tag >>> 3 === wanted) found.push(message.subarray(at, at + length));
      at += length;
    }
  }
  return found;
}
