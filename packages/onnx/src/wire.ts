import { MAX_MODEL_BYTES } from '@vqforge/base';
import { OnnxError } from './errors.ts';
import { MESSAGES, type FieldKind, type FieldSpec, type MessageName } from './schema.ts';

/**
 * Protobuf's wire format, read strictly into a tree: every byte of the file is accounted for, nothing is merged,
 * dropped or guessed. Protobuf libraries keep the last of a repeated singular field and drop unknown ones, while ONNX Runtime
 * merges the former.
 *
 * @see https://protobuf.dev/programming-guides/encoding/
 */
export interface WireMessage {
  readonly type: MessageName;
  readonly fields: readonly WireField[];
}

export interface WireField {
  readonly number: number;
  /** Undefined for a field number that the schema does not know. */
  readonly spec: FieldSpec | undefined;
  /** The tag's first byte and the byte after the value. */
  readonly start: number;
  readonly end: number;
  readonly value: WireValue;
}

/** Integers are exact; floats, packed lists and unknown fields stay as the bytes of the file (no copy). */
export type WireValue = bigint | string | Uint8Array | WireMessage;

/**
 * Message levels. Eight nested graphs are 3 × 8 + 8 levels; protobuf's C++ reader, and with it ONNX Runtime, stops at 100.
 */
const MAX_DEPTH = 64;
/** A tree costs about 200 bytes of heap per field; lusoris/vmaf's LPIPS file, metadata included, has 11,577. */
const MAX_FIELDS = 100_000;
/** A decoder makes one integer (about 30 bytes) of each packed varint, which takes as little as one byte in the file. */
const MAX_PACKED_VARINTS = 1_000_000;

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** The wire type of a single number. */
export const WIRE_TYPE: Readonly<Record<'int32' | 'int64' | 'uint64' | 'float' | 'double', number>> = {
  int32: VARINT,
  int64: VARINT,
  uint64: VARINT,
  float: FIXED32,
  double: FIXED64,
};

/** The rest of the limits; shared by all levels of one file. */
interface Budget {
  fields: number;
  packedVarints: number;
}

/**
 * Reads a ModelProto from bytes.
 *
 * @throws OnnxError TOO_LARGE over maxBytes, or with more fields than a model of that size can need
 * @throws OnnxError MALFORMED when the bytes are not the wire format, or not the canonical one: overlong varints, groups,
 * lengths past the end, a wire type that contradicts the schema, text that is not UTF-8, more than 64 levels
 */
export function readWireModel(bytes: Uint8Array, maxBytes: number = MAX_MODEL_BYTES): WireMessage {
  if (bytes.length === 0) throw new OnnxError('MALFORMED', 'model file is empty');
  if (bytes.length > maxBytes) {
    throw new OnnxError('TOO_LARGE', `model file has ${bytes.length} bytes, allowed are ${maxBytes}`);
  }
  const budget = { fields: MAX_FIELDS, packedVarints: MAX_PACKED_VARINTS };
  return readMessage(bytes, 'ModelProto', 0, bytes.length, MAX_DEPTH, budget);
}

function readMessage(
  bytes: Uint8Array,
  type: MessageName,
  start: number,
  end: number,
  levels: number,
  budget: Budget,
): WireMessage {
  if (levels === 0) throw malformed(start, `more than ${MAX_DEPTH} nested messages`);
  const fields: WireField[] = [];
  let position = start;
  while (position < end) {
    if (budget.fields-- === 0) {
      throw new OnnxError('TOO_LARGE', `model file has more than ${MAX_FIELDS} fields`);
    }
    const tagEnd = skipVarint(bytes, position, end);
    const tag = unsigned(bytes, position, tagEnd);
    const number = Math.floor(tag / 8);
    // Field numbers have 29 bits; 0 is not one.
    if (number === 0 || tag >= 2 ** 32) throw malformed(position, `field number ${number}`);
    const spec = MESSAGES[type][number];
    const wireType = tag % 8;
    const span = valueSpan(bytes, wireType, tagEnd, end);
    if (spec !== undefined) checkWireType(spec, wireType, type, position);
    fields.push({
      number,
      spec,
      start: position,
      end: span.end,
      value: readValue(bytes, spec, wireType, span.start, span.end, levels, budget),
    });
    position = span.end;
  }
  return { type, fields };
}

/** Where the value lies, without its length prefix. */
function valueSpan(
  bytes: Uint8Array,
  wireType: number,
  start: number,
  limit: number,
): { start: number; end: number } {
  if (wireType === VARINT) return { start, end: skipVarint(bytes, start, limit) };
  let contentStart = start;
  let length: number;
  if (wireType === FIXED64) length = 8;
  else if (wireType === FIXED32) length = 4;
  else if (wireType === LENGTH_DELIMITED) {
    contentStart = skipVarint(bytes, start, limit);
    length = unsigned(bytes, start, contentStart);
  } else throw malformed(start, `wire type ${wireType} (groups are not part of ONNX)`);
  if (length > limit - contentStart) {
    throw malformed(start, `a value of ${length} bytes where ${limit - contentStart} are left`);
  }
  return { start: contentStart, end: contentStart + length };
}

function readValue(
  bytes: Uint8Array,
  spec: FieldSpec | undefined,
  wireType: number,
  start: number,
  end: number,
  levels: number,
  budget: Budget,
): WireValue {
  const content = bytes.subarray(start, end);
  if (spec === undefined) return content;
  if (isMessageName(spec.kind)) return readMessage(bytes, spec.kind, start, end, levels - 1, budget);
  if (spec.kind === 'string') return readString(content, start);
  if (wireType === VARINT) return readInteger(bytes, spec, start, end);
  if (wireType === LENGTH_DELIMITED && spec.kind !== 'bytes') checkPacked(bytes, spec, start, end, budget);
  return content;
}

/** Whether a field holds messages, not scalars. */
export function isMessageName(kind: FieldKind): kind is MessageName {
  return Object.hasOwn(MESSAGES, kind);
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function readString(content: Uint8Array, start: number): string {
  try {
    return utf8.decode(content);
  } catch (cause) {
    throw malformed(start, 'text that is not UTF-8', cause);
  }
}

function readInteger(bytes: Uint8Array, spec: FieldSpec, start: number, end: number): bigint {
  const value = unsignedBig(bytes, start, end);
  const signed = BigInt.asIntN(64, value);
  // C++ cuts 32 bits out of a longer number; a reader that does not would see another value.
  if (spec.kind === 'int32' && BigInt.asIntN(32, signed) !== signed) {
    throw malformed(start, `${spec.name} = ${signed}, which has more than 32 bits`);
  }
  return spec.kind === 'uint64' ? value : signed;
}

/** The elements of a packed list of integers, which readWireModel has checked; uint64 above 2^63 is negative. */
export function readPackedIntegers(bytes: Uint8Array): bigint[] {
  const values: bigint[] = [];
  for (let position = 0; position < bytes.length;) {
    const end = skipVarint(bytes, position, bytes.length);
    values.push(BigInt.asIntN(64, unsignedBig(bytes, position, end)));
    position = end;
  }
  return values;
}

/** A packed list must be filled exactly. */
function checkPacked(bytes: Uint8Array, spec: FieldSpec, start: number, end: number, budget: Budget): void {
  const width = { float: 4, double: 8 }[spec.kind as string];
  if (width !== undefined) {
    if ((end - start) % width !== 0) throw malformed(start, `${spec.name} of ${end - start} bytes`);
    return;
  }
  for (let position = start; position < end;) {
    if (budget.packedVarints-- === 0) {
      throw new OnnxError('TOO_LARGE', `model file has more than ${MAX_PACKED_VARINTS} packed integers`);
    }
    const next = skipVarint(bytes, position, end);
    if (spec.kind === 'int32') readInteger(bytes, spec, position, next);
    position = next;
  }
}

function checkWireType(spec: FieldSpec, wireType: number, type: MessageName, position: number): void {
  const scalar = (WIRE_TYPE as Partial<Record<FieldKind, number>>)[spec.kind];
  const packed = scalar !== undefined && spec.repeated && wireType === LENGTH_DELIMITED;
  if (wireType !== (scalar ?? LENGTH_DELIMITED) && !packed) {
    throw malformed(position, `${type}.${spec.name} with wire type ${wireType}`);
  }
}

/** The byte after a varint: at most 64 bits, in as few bytes as possible, as every protobuf writer makes them. */
function skipVarint(bytes: Uint8Array, start: number, limit: number): number {
  for (let position = start; position < limit; position++) {
    const byte = bytes[position]!;
    const length = position - start + 1;
    if (length === 10 && byte > 1) throw malformed(start, 'a varint of more than 64 bits');
    if (byte >= 0x80) continue;
    if (byte === 0 && length > 1) throw malformed(start, 'a varint with needless bytes');
    return position + 1;
  }
  throw malformed(start, 'a varint cut short');
}

/** Exact up to 2^53, and above any length or field number beyond that. */
function unsigned(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let index = end - 1; index >= start; index--) value = value * 128 + (bytes[index]! & 0x7f);
  return value;
}

function unsignedBig(bytes: Uint8Array, start: number, end: number): bigint {
  let value = 0n;
  for (let index = end - 1; index >= start; index--) value = (value << 7n) | BigInt(bytes[index]! & 0x7f);
  return value;
}

function malformed(position: number, what: string, cause?: unknown): OnnxError {
  return new OnnxError('MALFORMED', `model file is damaged at byte ${position}: ${what}`, { cause });
}
