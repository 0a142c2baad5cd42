/** Hand-made protobuf bytes, for files that no writer of ours would make. */
export type FieldValue = number | bigint | string | Uint8Array;

/** Fields one after the other: varints for numbers, length-delimited for text, bytes and inner messages. */
export function message(...fields: readonly (readonly [number, FieldValue])[]): Uint8Array {
  return concat(
    ...fields.map(([number, value]) => {
      if (typeof value === 'number' || typeof value === 'bigint')
        return concat(varint(number * 8), varint(value));
      const content = typeof value === 'string' ? new TextEncoder().encode(value) : value;
      return concat(varint(number * 8 + 2), varint(content.length), content);
    }),
  );
}

export function varint(value: number | bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let position = 0;
  for (const part of parts) {
    joined.set(part, position);
    position += part.length;
  }
  return joined;
}

/** A ModelProto around the graph's fields: ir_version 8, default opset 17, and whatever fields come besides. */
export function modelBytes(
  graph: readonly (readonly [number, FieldValue])[],
  ...besides: readonly (readonly [number, FieldValue])[]
): Uint8Array {
  return message([1, 8], [7, message(...graph)], [8, message([2, 17])], ...besides);
}

/** A GraphProto.node field: y = opType(x), and whatever fields come besides. */
export function node(
  opType: string,
  ...besides: readonly (readonly [number, FieldValue])[]
): [number, Uint8Array] {
  return [1, message([1, 'x'], [2, 'y'], [4, opType], ...besides)];
}

/** An AttributeProto of type GRAPH holding the graph's fields. */
export function graphAttribute(
  name: string,
  ...graph: readonly (readonly [number, FieldValue])[]
): [number, Uint8Array] {
  return [5, message([1, name], [6, message(...graph)], [20, 5])];
}
