import type { Attack } from './attack.ts';
import { concat, f32, repeat, u32, u64, type Part } from './bytes.ts';
import {
  call,
  dict,
  emptyOrderedDict,
  globalName,
  integer,
  list,
  OP,
  orderedDict,
  pickle,
  text,
  tuple,
} from './pickle-writer.ts';
import {
  floatStorage,
  rebuiltTensor,
  storageReference,
  torchLegacy,
  torchZip,
  type StorageSource,
  type TensorSource,
} from './torch-writer.ts';

const storage = floatStorage('0', f32(1, 2, 3, 4));
const tensors: readonly TensorSource[] = [{ name: 'w', storage, shape: [4] }];
const reference = storageReference(storage, false);

/** The opcodes that torch.save can write for a state dict, and STOP. */
const ALLOWED = new Set<number>([
  ...Object.values(OP),
  0x4a, // BININT
  0x63, // GLOBAL
  0x87, // TUPLE3
]);

const CALLABLES: readonly (readonly [module: string, name: string])[] = [
  ['os', 'system'],
  ['posix', 'system'],
  ['nt', 'system'],
  ['builtins', 'eval'],
  ['builtins', 'exec'],
  ['builtins', 'getattr'],
  ['builtins', '__import__'],
  ['__builtin__', 'eval'],
  ['subprocess', 'Popen'],
  ['runpy', '_run_code'],
  ['torch', 'load'],
  ['torch.hub', 'load'],
  ['torch.nn.modules.linear', 'Linear'],
  ['torch._utils', '_rebuild_tensor_v3'],
  ['torch.storage', '_load_from_bytes'],
  ['numpy.core.multiarray', '_reconstruct'],
  ['collections', 'OrderedDict.__class__'],
  ['collections', '__proto__'],
  ['', 'constructor'],
];

function zipped(object: Part): Uint8Array {
  return torchZip(tensors, object);
}

/** Without storages: were its fault overlooked, the file would be read. */
function zippedAlone(object: Part): Uint8Array {
  return torchZip([], object);
}

export function hostilePickles(): Attack[] {
  return [
    ...opcodes(),
    ...callables(),
    ...nesting(),
    ...memos(),
    ...counts(),
    ...wrongTypes(),
    ...wrongTensors(),
  ];
}

function opcodes(): Attack[] {
  const all = Array.from({ length: 256 }, (_, code) => code);
  return all
    .filter((code) => !ALLOWED.has(code))
    .map((code) => ({
      name: `opcode 0x${code.toString(16)}`,
      bytes: zipped([code, 'os\nsystem\n', repeat(0, 16)]),
      code: 'FORBIDDEN',
      // INST carries a callable, which is what is named
      says: code === 0x69 ? '"os.system"' : `opcode 0x${code.toString(16).padStart(2, '0')}`,
    }));
}

function callables(): Attack[] {
  return CALLABLES.flatMap(([module, name]) => {
    const says = `"${module}.${name}"`;
    const argument = tuple(text('touch /tmp/owned'));
    const byGlobal = concat(globalName(module, name), argument, OP.REDUCE);
    const byStackGlobal = concat(
      OP.SHORT_BINUNICODE,
      module.length,
      module,
      OP.SHORT_BINUNICODE,
      name.length,
      name,
      OP.STACK_GLOBAL,
    );
    const cases: readonly (readonly [string, Uint8Array])[] = [
      ['called in a zip', zipped(byGlobal)],
      ['called in a legacy file', torchLegacy(tensors, { object: byGlobal })],
      ['called for the magic number', torchLegacy(tensors, { magic: byGlobal })],
      ['called in the storage keys', torchLegacy(tensors, { keys: byGlobal })],
      ['called in a bare pickle', pickle(byGlobal)],
      ['called in a text pickle', concat(globalName(module, name), "(S'id'\ntR.")],
      ['instantiated by INST', zipped([OP.MARK, text('id'), 'i', module, '\n', name, '\n'])],
      ['named by STACK_GLOBAL', zipped([byStackGlobal, argument, OP.REDUCE])],
      ['named but not called', zipped(globalName(module, name))],
      ['named in a tensor', zipped(orderedDict(['w', call('torch._utils', '_rebuild_parameter', byGlobal)]))],
    ];
    return cases.map(([how, bytes]) => ({
      name: `${module}.${name} ${how}`,
      bytes,
      code: 'FORBIDDEN',
      says,
    }));
  });
}

function nesting(): Attack[] {
  const self = concat(OP.EMPTY_LIST, OP.BINPUT, 0, OP.BINGET, 0, OP.APPEND);
  const selfDict = concat(OP.EMPTY_DICT, OP.BINPUT, 0, text('w'), OP.BINGET, 0, OP.SETITEM);
  return [
    { name: 'tuples 100,000 deep', bytes: zipped([OP.NONE, repeat(OP.TUPLE1, 100_000)]), code: 'TOO_LARGE' },
    {
      name: 'lists 100,000 deep',
      bytes: zipped([repeat(OP.EMPTY_LIST, 100_000), repeat(OP.APPEND, 99_999)]),
      code: 'TOO_LARGE',
    },
    { name: 'marks 100,000 deep', bytes: zipped(repeat(OP.MARK, 100_000)), code: 'TOO_LARGE' },
    { name: 'stack of 100,000', bytes: zipped(repeat(OP.NONE, 100_000)), code: 'TOO_LARGE' },
    {
      name: '100,000 dicts',
      bytes: zipped([OP.EMPTY_LIST, repeat([OP.EMPTY_DICT, OP.APPEND], 100_000)]),
      code: 'TOO_LARGE',
    },
    {
      name: 'a pickle of 2 MB',
      bytes: zipped([OP.EMPTY_LIST, repeat([OP.NONE, OP.APPEND], 1_000_000)]),
      code: 'TOO_LARGE',
    },
    {
      name: 'legacy pickle of 2 MB',
      bytes: torchLegacy(tensors, { info: concat(OP.EMPTY_LIST, repeat([OP.NONE, OP.APPEND], 1_000_000)) }),
      code: 'TOO_LARGE',
    },
    { name: 'a list that holds itself', bytes: zipped(self), code: 'NOT_A_STATE_DICT' },
    { name: 'a dict that holds itself', bytes: zipped(selfDict), code: 'NOT_A_STATE_DICT' },
    {
      name: 'an OrderedDict of a list that holds itself',
      bytes: zipped(call('collections', 'OrderedDict', self)),
      code: 'MALFORMED',
    },
  ];
}

function memos(): Attack[] {
  const puts = Array.from({ length: 150_000 }, (_, index) => concat(OP.LONG_BINPUT, u32(index)));
  const doubling = Array.from({ length: 60 }, (_, index) => [
    OP.EMPTY_LIST,
    OP.MARK,
    OP.BINGET,
    index,
    OP.BINGET,
    index,
    OP.APPENDS,
    OP.BINPUT,
    index + 1,
  ]);
  const pairs = list(...Array.from({ length: 2_000 }, (_, index) => list(text(`k${index}`), OP.NONE)));
  const again = concat(globalName('collections', 'OrderedDict'), OP.BINGET, 0, OP.TUPLE1, OP.REDUCE);
  return [
    { name: '150,000 memo slots', bytes: zipped([OP.NONE, puts]), code: 'TOO_LARGE' },
    {
      name: '2^60 items by doubling',
      bytes: zipped([OP.MARK, OP.EMPTY_LIST, OP.BINPUT, 0, doubling, OP.TUPLE]),
      code: 'NOT_A_STATE_DICT',
    },
    {
      name: 'one list made into 10,000 dicts',
      bytes: zipped([pairs, OP.BINPUT, 0, repeat(again, 10_000)]),
      code: 'TOO_LARGE',
    },
    {
      name: 'memo slot 2^32 - 1 is empty',
      bytes: zipped([OP.LONG_BINGET, u32(0xffffffff)]),
      code: 'MALFORMED',
    },
    { name: 'memo slot before it is set', bytes: zipped([OP.BINGET, 0]), code: 'MALFORMED' },
    { name: 'memoize an empty stack', bytes: zipped(OP.MEMOIZE), code: 'MALFORMED' },
    {
      name: 'put beyond the mark',
      bytes: zippedAlone([OP.EMPTY_DICT, OP.MARK, OP.BINPUT, 0, OP.SETITEMS]),
      code: 'MALFORMED',
    },
  ];
}

function counts(): Attack[] {
  return [
    { name: 'string of 4 GiB', bytes: zipped([OP.BINUNICODE, u32(0xffffffff)]), code: 'TOO_LARGE' },
    { name: 'byte string of -1', bytes: zipped([OP.BINSTRING, u32(-1)]), code: 'TOO_LARGE' },
    { name: 'string past the end', bytes: zipped([OP.BINUNICODE, u32(4000), 'abc']), code: 'MALFORMED' },
    { name: 'short string past the end', bytes: zipped([OP.SHORT_BINSTRING, 255, 'abc']), code: 'MALFORMED' },
    { name: 'integer of 255 bytes', bytes: zipped([OP.LONG1, 255, repeat(1, 255)]), code: 'MALFORMED' },
    { name: 'frame of 2^63 bytes', bytes: zipped([OP.FRAME, u64(1n << 63n)]), code: 'MALFORMED' },
    { name: 'frame past the end', bytes: zipped([OP.FRAME, u64(1000)]), code: 'MALFORMED' },
    { name: 'global name of 1,000 characters', bytes: zipped(['c', repeat('a', 1000)]), code: 'MALFORMED' },
    { name: 'protocol 255', bytes: zipped([OP.PROTO, 255]), code: 'MALFORMED' },
    {
      name: 'text that is not utf-8',
      bytes: zipped([OP.SHORT_BINUNICODE, 2, 0xc3, 0x28]),
      code: 'MALFORMED',
    },
  ];
}

function wrongTypes(): Attack[] {
  const malformed: Readonly<Record<string, Part>> = {
    'empty stack': [],
    'reduce of an empty stack': OP.REDUCE,
    'values left on the stack': [OP.NONE, OP.NONE],
    'mark left open': [OP.EMPTY_DICT, OP.MARK],
    'tuple without mark': OP.TUPLE,
    'append to a dict': [OP.EMPTY_DICT, OP.NONE, OP.APPEND],
    'append to nothing': [OP.NONE, OP.APPEND],
    'set items of a list': [OP.EMPTY_LIST, text('k'), OP.NONE, OP.SETITEM],
    'odd number of items': [OP.EMPTY_DICT, OP.MARK, text('k'), OP.SETITEMS],
    'key that is a number': [OP.EMPTY_DICT, integer(1), OP.NONE, OP.SETITEM],
    'key set twice': dict(['w', OP.NONE], ['w', OP.NONE]),
    'call of a string': [text('os.system'), OP.EMPTY_TUPLE, OP.REDUCE],
    'call of a storage class': call('torch', 'FloatStorage', integer(4)),
    'call with a list': [globalName('collections', 'OrderedDict'), OP.EMPTY_LIST, OP.REDUCE],
    'stack global of numbers': [integer(1), integer(2), OP.STACK_GLOBAL],
    'OrderedDict of a number': call('collections', 'OrderedDict', integer(1)),
    'OrderedDict of triples': call('collections', 'OrderedDict', list(list(text('k'), OP.NONE, OP.NONE))),
    'OrderedDict of two lists': call('collections', 'OrderedDict', list(), list()),
    'OrderedDict with a key twice': call(
      'collections',
      'OrderedDict',
      list(list(text('k'), OP.NONE), list(text('k'), OP.NONE)),
    ),
    'state of a list': [OP.EMPTY_LIST, dict(['_metadata', OP.NONE]), OP.BUILD],
    'state with __class__': [OP.EMPTY_DICT, dict(['__class__', text('os')]), OP.BUILD],
    'state with more than metadata': [OP.EMPTY_DICT, dict(['_metadata', OP.NONE], ['x', OP.NONE]), OP.BUILD],
    'storage id that is text': [text('0'), OP.BINPERSID],
    'storage id of 6 fields in a zip': storageReference(storage, true),
    'storage id with another tag': [
      tuple(text('module'), globalName('torch', 'FloatStorage'), text('0'), text('cpu'), integer(4)),
      OP.BINPERSID,
    ],
    'storage type that is a function': [
      tuple(text('storage'), globalName('collections', 'OrderedDict'), text('0'), text('cpu'), integer(4)),
      OP.BINPERSID,
    ],
  };
  const notStateDicts: Readonly<Record<string, Part>> = {
    'a number': integer(1),
    'a list': list(),
    'a tensor alone': tensor(),
    'a training checkpoint': dict(['state_dict', orderedDict(['w', tensor()])], ['epoch', integer(3)]),
    'a dict of floats': dict(['w', [OP.BINFLOAT, repeat(0, 8)]]),
  };
  return [
    ...Object.entries(malformed).map(([name, object]): Attack => ({
      name,
      bytes: zippedAlone(object),
      code: 'MALFORMED',
    })),
    ...Object.entries(notStateDicts).map(([name, object]): Attack => ({
      name,
      bytes: zipped(object),
      code: 'NOT_A_STATE_DICT',
    })),
    {
      name: 'plain pickle with state',
      bytes: torchLegacy(tensors, { info: concat(OP.EMPTY_DICT, OP.EMPTY_DICT, OP.BUILD) }),
      code: 'MALFORMED',
    },
    {
      name: 'plain pickle with a storage',
      bytes: torchLegacy(tensors, { info: reference }),
      code: 'FORBIDDEN',
    },
    {
      name: 'plain pickle with a persistent id',
      bytes: torchLegacy(tensors, { info: concat(OP.NONE, OP.BINPERSID) }),
      code: 'MALFORMED',
    },
  ];
}

function tensor(
  offset: Part = integer(0),
  shape: readonly Part[] = [integer(4)],
  strides: readonly Part[] = [integer(1)],
): Uint8Array {
  return rebuiltTensor(reference, offset, shape, strides);
}

/** Tensors that claim elements their storage of four does not have. */
function wrongTensors(): Attack[] {
  const huge = integer(1n << 62n);
  const [zero, one, two, four, five] = [0, 1, 2, 4, 5].map(integer) as [Part, Part, Part, Part, Part];
  const minusOne: Part = [OP.BININT, u32(-1)];
  const half: Part = [OP.BINFLOAT, 0x3f, 0xe0, repeat(0, 6)];
  const malformed: Readonly<Record<string, Part>> = {
    'one element too many': tensor(zero, [five]),
    'offset past the end': tensor(four, [one]),
    'offset of 2^62': tensor(huge, [one]),
    'empty tensor past the end': tensor(five, [zero]),
    'stride past the end': tensor(zero, [two], [four]),
    'stride of 2^62': tensor(zero, [two], [huge]),
    'size of 2^62': tensor(zero, [huge]),
    'negative offset': tensor(minusOne),
    'negative size': tensor(zero, [minusOne]),
    'negative stride': tensor(zero, [two], [minusOne]),
    'fractional size': tensor(zero, [half]),
    'size that is a bool': tensor(zero, [OP.NEWTRUE]),
    'more sizes than strides': tensor(zero, [two, two], [two]),
    '9 dimensions': tensor(zero, Array<Part>(9).fill(one), Array<Part>(9).fill(one)),
    'sizes in a list': call(
      'torch._utils',
      '_rebuild_tensor_v2',
      reference,
      zero,
      list(four),
      tuple(one),
      OP.NEWFALSE,
      emptyOrderedDict,
    ),
    'no storage': rebuiltTensor(OP.NONE, zero, [four], [one]),
    hooks: call(
      'torch._utils',
      '_rebuild_tensor_v2',
      reference,
      zero,
      tuple(four),
      tuple(one),
      OP.NEWFALSE,
      dict(['k', OP.NONE]),
    ),
    'requires_grad that is text': call(
      'torch._utils',
      '_rebuild_tensor_v2',
      reference,
      zero,
      tuple(four),
      tuple(one),
      text('no'),
      OP.NONE,
    ),
    'conjugate flag': call(
      'torch._utils',
      '_rebuild_tensor_v2',
      reference,
      zero,
      tuple(four),
      tuple(one),
      OP.NEWFALSE,
      OP.NONE,
      dict(['conj', OP.NEWTRUE]),
    ),
    '_rebuild_tensor with 6 arguments': call(
      'torch._utils',
      '_rebuild_tensor',
      reference,
      zero,
      tuple(four),
      tuple(one),
      OP.NEWFALSE,
      OP.NONE,
    ),
    'parameter of a list': call('torch._utils', '_rebuild_parameter', list(), OP.NEWTRUE, OP.NONE),
    'parameter of two arguments': call('torch._utils', '_rebuild_parameter', tensor(), OP.NEWTRUE),
    'storage of 2^62 elements': [
      tuple(text('storage'), globalName('torch', 'FloatStorage'), text('0'), text('cpu'), huge),
      OP.BINPERSID,
    ],
  };
  const tooLarge: Readonly<Record<string, Part>> = {
    'one element 10^9 times': tensor(zero, [integer(1_000_000_000)], [zero]),
    'one element 2^424 times': tensor(
      zero,
      Array<Part>(8).fill(integer((1n << 53n) - 1n)),
      Array<Part>(8).fill(zero),
    ),
    'four elements 10,000 times': tensor(zero, [integer(10_000), four], [zero, one]),
  };
  const declaredTwice = (other: StorageSource): Uint8Array => {
    const again = rebuiltTensor(storageReference(other, false), zero, [one], [one]);
    return zipped(orderedDict(['w', tensor()], ['v', again]));
  };
  const wrap = (object: Part): Uint8Array => zipped(orderedDict(['w', object]));
  return [
    { name: 'storage of two sizes', bytes: declaredTwice(floatStorage('0', f32(1))), code: 'MALFORMED' },
    {
      name: 'storage of two types',
      bytes: declaredTwice({ ...storage, type: 'IntStorage' }),
      code: 'MALFORMED',
    },
    ...Object.entries(malformed).map(([name, object]): Attack => ({
      name,
      bytes: wrap(object),
      code: 'MALFORMED',
    })),
    ...Object.entries(tooLarge).map(([name, object]): Attack => ({
      name,
      bytes: wrap(object),
      code: 'TOO_LARGE',
    })),
  ];
}
