/** Seeded damage to files, for tests on hostile input. */
import { readWireModel } from '../src/wire.ts';
import type { WireMessage } from '../src/wire.ts';
import { concat, varint } from './protobuf.ts';

/** A uniform integer in [0, bound): a 32-bit linear congruential generator, upper bits. */
export type Random = (bound: number) => number;

export function seeded(seed: number): Random {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

const HUGE = [2n ** 31n - 1n, 2n ** 32n - 1n, 2n ** 63n - 1n, 2n ** 64n - 1n].map(varint);

type ByteMutation = (bytes: number[], at: number, random: Random) => void;

const BYTE_MUTATIONS: readonly ByteMutation[] = [
  (bytes, at, random) => bytes.splice(at, 1, random(256)),
  (bytes, at, random) => bytes.splice(at, 1, (bytes[at] ?? 0) ^ (1 << random(8))),
  (bytes, at, random) => bytes.splice(at, 0, random(256)),
  (bytes, at, random) => bytes.splice(at, 1 + random(8)),
  (bytes, at) => bytes.splice(at),
  (bytes, at, random) => bytes.splice(at, 0, ...(HUGE[random(HUGE.length)] ?? [])),
  (bytes, at, random) => {
    const from = random(bytes.length);
    bytes.splice(at, 0, ...bytes.slice(from, from + random(64)));
  },
];

/** The file after one to three accidents to its bytes; most of them break the protobuf around them. */
export function mutateBytes(file: Uint8Array, random: Random): Uint8Array {
  const bytes = [...file];
  for (let accidents = 1 + random(3); accidents > 0; accidents--) {
    BYTE_MUTATIONS[random(BYTE_MUTATIONS.length)]?.(bytes, random(bytes.length), random);
  }
  return Uint8Array.from(bytes);
}

/** A message as a list of its encoded fields; inner messages are lists of their own. */
interface Fields {
  readonly tag?: number;
  readonly parts: (Uint8Array | Fields)[];
}

/** The file after one or two changes to single fields: lengths stay right, so readers get to see them. */
export function mutateFields(file: Uint8Array, random: Random): Uint8Array {
  const all: Fields[] = [];
  const split = ({ fields }: WireMessage, tag?: number): Fields => {
    const parts = fields.map(({ number, start, end, value }) =>
      typeof value === 'object' && 'fields' in value ? split(value, number * 8 + 2) : file.slice(start, end),
    );
    const message = tag === undefined ? { parts } : { tag, parts };
    all.push(message);
    return message;
  };
  const model = split(readWireModel(file));
  for (let changes = 1 + random(2); changes > 0; changes--) change(all, random);
  return join(model);
}

function change(all: readonly Fields[], random: Random): void {
  const parts = all[random(all.length)]?.parts ?? [];
  const at = random(parts.length);
  const part = parts[at];
  if (part === undefined) return;
  const elsewhere = all[random(all.length)]?.parts ?? [];
  const kind = random(6);
  if (kind === 0) parts.splice(at, 1);
  else if (kind === 1) parts.splice(at, 0, part);
  else if (kind === 2) parts.push(...parts.splice(at, 1));
  else if (kind === 3) elsewhere.push(part instanceof Uint8Array ? part : join(part));
  // The tag's field number moves, or a byte of the value changes.
  else if (part instanceof Uint8Array) part[kind === 4 ? 0 : random(part.length)] = random(256);
}

function join({ tag, parts }: Fields): Uint8Array {
  const content = concat(...parts.map((part) => (part instanceof Uint8Array ? part : join(part))));
  return tag === undefined ? content : concat(varint(tag), varint(content.length), content);
}
