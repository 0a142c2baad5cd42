/** Hand-made protobuf bytes, for files that no writer of ours would make. */
type Field = readonly [number, number | string | Uint8Array];

/** Fields one after the other: varints for numbers, length-delimited for text, bytes and inner messages. */
export function message(...fields: readonly Field[]): Uint8Array {
  return Buffer.concat(
    fields.flatMap(([number, value]) => {
      if (typeof value === 'number') return [varint(number * 8), varint(value)];
      const content = Buffer.from(value as Uint8Array);
      return [varint(number * 8 + 2), varint(content.length), content];
    }),
  );
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  return Uint8Array.from([...bytes, value]);
}
