import type { ByteReader } from './byte-reader.ts';
import { WeightsError } from './errors.ts';
import {
  forbiddenCallable,
  PickleMachine,
  PickleTuple,
  type PickleHost,
  type PickleValue,
} from './pickle-machine.ts';

/** A tensor takes 150 to 200 bytes: some 5,000 tensors, where LPIPS has 60. It bounds the opcodes and so the time. */
const MAX_PICKLE_BYTES = 1 << 20;
/** Keys of state dicts are tens of characters. */
const MAX_STRING_BYTES = 4_096;
/** The longest integer is PyTorch's 10-byte magic number; counts are 8-byte. */
const MAX_LONG_BYTES = 10;
const MAX_GLOBAL_LINE = 256;

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const HIGHEST_PROTOCOL = 5;
const STOP = 0x2e;
const INST = 0x69;
const NEWLINE = 0x0a;

/**
 * The opcodes that torch.save writes for a state dict, protocols 2 to 5. Whatever is not in this table is refused.
 * @see https://github.com/python/cpython/blob/3.12/Lib/pickletools.py
 */
const OPCODES: Readonly<Record<number, (machine: PickleMachine) => void>> = {
  0x80: protocol, // PROTO
  0x95: frame, // FRAME
  0x28: (m) => m.mark(), // MARK
  0x4e: (m) => m.push(null), // NONE
  0x88: (m) => m.push(true), // NEWTRUE
  0x89: (m) => m.push(false), // NEWFALSE
  0x4b: (m) => m.push(m.reader.u8()), // BININT1
  0x4d: (m) => m.push(m.reader.u16()), // BININT2
  0x4a: (m) => m.push(m.reader.i32()), // BININT
  0x8a: (m) => m.push(long(m)), // LONG1
  0x47: (m) => m.push(m.reader.f64BigEndian()), // BINFLOAT
  0x55: (m) => m.push(latin1(m, m.reader.u8())), // SHORT_BINSTRING
  0x54: (m) => m.push(latin1(m, m.reader.u32())), // BINSTRING
  0x8c: (m) => m.push(utf8(m, m.reader.u8())), // SHORT_BINUNICODE
  0x58: (m) => m.push(utf8(m, m.reader.u32())), // BINUNICODE
  0x5d: (m) => m.pushObject([]), // EMPTY_LIST
  0x7d: (m) => m.pushObject(new Map()), // EMPTY_DICT
  0x29: (m) => m.pushObject(new PickleTuple([])), // EMPTY_TUPLE
  0x85: (m) => m.pushObject(new PickleTuple(m.popMany(1))), // TUPLE1
  0x86: (m) => m.pushObject(new PickleTuple(m.popMany(2))), // TUPLE2
  0x87: (m) => m.pushObject(new PickleTuple(m.popMany(3))), // TUPLE3
  0x74: (m) => m.pushObject(new PickleTuple(m.popToMark())), // TUPLE
  0x61: (m) => m.append(m.popMany(1)), // APPEND
  0x65: (m) => m.append(m.popToMark()), // APPENDS
  0x73: (m) => m.setItems(m.popMany(2)), // SETITEM
  0x75: (m) => m.setItems(m.popToMark()), // SETITEMS
  0x71: (m) => m.memoPut(m.reader.u8()), // BINPUT
  0x72: (m) => m.memoPut(m.reader.u32()), // LONG_BINPUT
  0x94: (m) => m.memoPut(), // MEMOIZE
  0x68: (m) => m.memoGet(m.reader.u8()), // BINGET
  0x6a: (m) => m.memoGet(m.reader.u32()), // LONG_BINGET
  0x63: (m) => m.global(line(m), line(m)), // GLOBAL
  0x93: stackGlobal, // STACK_GLOBAL
  0x52: (m) => m.reduce(), // REDUCE
  0x62: (m) => m.build(), // BUILD
  0x51: (m) => m.persistentLoad(), // BINPERSID
};

/**
 * Reads one pickle without executing anything: a table of allowed opcodes drives a bounded stack machine, and names
 * resolve only to the host's own functions. Leaves the reader behind STOP.
 *
 * @throws WeightsError FORBIDDEN for an opcode or callable outside the lists (named), MALFORMED, TOO_LARGE
 */
export function unpickle(reader: ByteReader, host: PickleHost): PickleValue {
  const machine = new PickleMachine(reader, host);
  const limit = reader.position + MAX_PICKLE_BYTES;
  while (reader.position < limit) {
    const code = reader.u8();
    if (code === STOP) return machine.finish();
    const execute = OPCODES[code];
    if (!execute) throw forbiddenOpcode(machine, code);
    execute(machine);
  }
  throw new WeightsError(
    'TOO_LARGE',
    `pickle of ${reader.what} exceeds ${MAX_PICKLE_BYTES} bytes: not a file of weights alone`,
  );
}

/** INST carries the callable in its own argument, so it is named like a GLOBAL. */
function forbiddenOpcode(machine: PickleMachine, code: number): WeightsError {
  const { what, position } = machine.reader;
  if (code === INST) return forbiddenCallable(what, `${line(machine)}.${line(machine)}`);
  const hex = code.toString(16).padStart(2, '0');
  return new WeightsError(
    'FORBIDDEN',
    `${what} uses pickle opcode 0x${hex} at byte ${position - 1}, which no state dict needs`,
  );
}

function protocol(machine: PickleMachine): void {
  const version = machine.reader.u8();
  if (version > HIGHEST_PROTOCOL) {
    throw machine.malformed(`is pickle protocol ${version}, expected at most ${HIGHEST_PROTOCOL}`);
  }
}

function frame(machine: PickleMachine): void {
  const length = machine.reader.u64();
  if (length > machine.reader.remaining) {
    throw machine.malformed(`has a frame of ${length} bytes past its end`);
  }
}

function stackGlobal(machine: PickleMachine): void {
  const name = machine.pop();
  machine.global(machine.pop(), name);
}

/** LONG1: little-endian two's complement; a number where it is exact. */
function long(machine: PickleMachine): number | bigint {
  const bytes = machine.reader.take(machine.reader.u8());
  if (bytes.length > MAX_LONG_BYTES) {
    throw machine.malformed(`has an integer of ${bytes.length} bytes, expected at most ${MAX_LONG_BYTES}`);
  }
  let value = 0n;
  for (const byte of bytes.toReversed()) value = (value << 8n) | BigInt(byte);
  value = BigInt.asIntN(bytes.length * 8, value);
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** Python 2 wrote byte strings; PyTorch's own names in them are ASCII. */
function latin1(machine: PickleMachine, length: number): string {
  return String.fromCharCode(...boundedString(machine, length));
}

function utf8(machine: PickleMachine, length: number): string {
  const bytes = boundedString(machine, length);
  try {
    return UTF8.decode(bytes);
  } catch (cause) {
    throw new WeightsError('MALFORMED', `${machine.reader.what} has text that is not utf-8`, { cause });
  }
}

function boundedString(machine: PickleMachine, length: number): Uint8Array {
  if (length > MAX_STRING_BYTES) {
    throw new WeightsError(
      'TOO_LARGE',
      `${machine.reader.what} has a string of ${length} bytes, expected at most ${MAX_STRING_BYTES}`,
    );
  }
  return machine.reader.take(length);
}

/** One newline-terminated argument of GLOBAL or INST. */
function line(machine: PickleMachine): string {
  const codes: number[] = [];
  for (let code = machine.reader.u8(); code !== NEWLINE; code = machine.reader.u8()) {
    if (codes.length >= MAX_GLOBAL_LINE) {
      throw machine.malformed(`names a global of more than ${MAX_GLOBAL_LINE} characters`);
    }
    codes.push(code);
  }
  return String.fromCharCode(...codes);
}
