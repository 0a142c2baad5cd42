import { concat, u16, u32, u64, type Part } from './bytes.ts';

/** Opcodes by the names of Python's pickletools, as far as the writers and attacks here use them. */
export const OP = {
  MARK: 0x28,
  EMPTY_TUPLE: 0x29,
  STOP: 0x2e,
  BINFLOAT: 0x47,
  BININT: 0x4a,
  BININT1: 0x4b,
  BININT2: 0x4d,
  NONE: 0x4e,
  BINPERSID: 0x51,
  REDUCE: 0x52,
  BINSTRING: 0x54,
  SHORT_BINSTRING: 0x55,
  BINUNICODE: 0x58,
  EMPTY_LIST: 0x5d,
  APPEND: 0x61,
  BUILD: 0x62,
  APPENDS: 0x65,
  BINGET: 0x68,
  LONG_BINGET: 0x6a,
  BINPUT: 0x71,
  LONG_BINPUT: 0x72,
  SETITEM: 0x73,
  TUPLE: 0x74,
  SETITEMS: 0x75,
  EMPTY_DICT: 0x7d,
  PROTO: 0x80,
  TUPLE1: 0x85,
  TUPLE2: 0x86,
  NEWTRUE: 0x88,
  NEWFALSE: 0x89,
  LONG1: 0x8a,
  SHORT_BINUNICODE: 0x8c,
  STACK_GLOBAL: 0x93,
  MEMOIZE: 0x94,
  FRAME: 0x95,
} as const;

export function pickle(...parts: readonly Part[]): Uint8Array {
  return concat(OP.PROTO, 2, parts, OP.STOP);
}

export function text(value: string): Uint8Array {
  const utf8 = Buffer.from(value, 'utf8');
  return concat(OP.BINUNICODE, u32(utf8.length), utf8);
}

export function integer(value: number | bigint): Uint8Array {
  if (value >= 0 && value < 2 ** 8) return concat(OP.BININT1, Number(value));
  if (value >= 0 && value < 2 ** 16) return concat(OP.BININT2, u16(Number(value)));
  return concat(OP.LONG1, 8, u64(value));
}

export function globalName(module: string, name: string): Uint8Array {
  return concat('c', module, '\n', name, '\n');
}

export function tuple(...items: readonly Part[]): Uint8Array {
  return concat(OP.MARK, items, OP.TUPLE);
}

export function list(...items: readonly Part[]): Uint8Array {
  return concat(OP.EMPTY_LIST, OP.MARK, items, OP.APPENDS);
}

export function dict(...entries: readonly (readonly [string, Part])[]): Uint8Array {
  return concat(
    OP.EMPTY_DICT,
    OP.MARK,
    entries.map(([key, value]) => [text(key), value]),
    OP.SETITEMS,
  );
}

export function call(module: string, name: string, ...args: readonly Part[]): Uint8Array {
  return concat(globalName(module, name), tuple(...args), OP.REDUCE);
}

export const emptyOrderedDict: Uint8Array = call('collections', 'OrderedDict');

/** OrderedDict() and its items, with the _metadata attribute that Module.state_dict() has. */
export function orderedDict(...entries: readonly (readonly [string, Part])[]): Uint8Array {
  const items = entries.map(([key, value]) => [text(key), value]);
  const metadata = dict([
    '_metadata',
    concat(emptyOrderedDict, text(''), dict(['version', integer(1)]), OP.SETITEM),
  ]);
  return concat(emptyOrderedDict, OP.MARK, items, OP.SETITEMS, metadata, OP.BUILD);
}
