import type { ByteReader } from './byte-reader.ts';
import { malformed, quoted, WeightsError } from './errors.ts';

/** An opaque value: a tuple, a class constant, or something the host made. */
export abstract class PickleObject {
  /** how a message calls it, with its article */
  abstract readonly kind: string;
}

/** Everything a restricted pickle can build. Dict keys are strings. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | PickleValue[]
  | Map<string, PickleValue>
  | PickleObject;

export class PickleTuple extends PickleObject {
  readonly kind = 'a tuple';
  readonly items: readonly PickleValue[];

  constructor(items: readonly PickleValue[]) {
    super();
    this.items = items;
  }
}

export class PickleGlobal extends PickleObject {
  readonly kind = 'a class or function';
  readonly name: string;

  constructor(name: string) {
    super();
    this.name = name;
  }
}

/** The functions that a pickle may reach. Nothing else of the program is visible to it. */
export interface PickleHost {
  /** `module.name` → our own function for REDUCE, or null for a constant that cannot be called */
  readonly globals: ReadonlyMap<string, ((args: readonly PickleValue[]) => PickleValue) | null>;
  /** BINPERSID */
  readonly persistentLoad?: (id: PickleValue) => PickleValue;
  /** BUILD: checks the state that Python would write into the object's `__dict__` */
  readonly build?: (target: PickleValue, state: PickleValue) => void;
}

// A LPIPS checkpoint with its trunk uses about 60 tensors, 700 objects, 700 memo slots and a stack of 2,000
// (pickle writes dict items in batches of 1,000). The limits leave two orders of magnitude for the counts and
// keep the memory of a hostile pickle near 10 MB.
const MAX_STACK = 20_000;
const MAX_MARKS = 1_000;
const MAX_MEMO = 100_000;
const MAX_OBJECTS = 50_000;

/** The pickle virtual machine's state: stack, marks, memo, each with its bound. */
export class PickleMachine {
  readonly reader: ByteReader;
  readonly #host: PickleHost;
  readonly #stack: PickleValue[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, PickleValue>();
  #objects = 0;

  constructor(reader: ByteReader, host: PickleHost) {
    this.reader = reader;
    this.#host = host;
  }

  push(value: PickleValue): void {
    if (this.#stack.length >= MAX_STACK) throw this.#tooLarge('stack', MAX_STACK);
    this.#stack.push(value);
  }

  /** Pushes a container, or the result of a call: these cost memory, so their number is bounded. */
  pushObject(value: PickleValue): void {
    this.#objects += 1 + (value instanceof Map ? value.size : 0);
    if (this.#objects > MAX_OBJECTS) throw this.#tooLarge('number of objects', MAX_OBJECTS);
    this.push(value);
  }

  pop(): PickleValue {
    return this.popMany(1)[0] as PickleValue;
  }

  /** The last `count` values, oldest first. */
  popMany(count: number): PickleValue[] {
    const start = this.#stack.length - count;
    if (start < (this.#marks.at(-1) ?? 0)) throw this.malformed('takes a value from an empty stack');
    return this.#stack.splice(start);
  }

  mark(): void {
    if (this.#marks.length >= MAX_MARKS) throw this.#tooLarge('number of open marks', MAX_MARKS);
    this.#marks.push(this.#stack.length);
  }

  popToMark(): PickleValue[] {
    const start = this.#marks.pop();
    if (start === undefined) throw this.malformed('looks for a mark that was not set');
    return this.#stack.splice(start);
  }

  memoPut(index: number = this.#memo.size): void {
    const value = this.pop();
    this.push(value);
    if (this.#memo.size >= MAX_MEMO) throw this.#tooLarge('memo', MAX_MEMO);
    this.#memo.set(index, value);
  }

  memoGet(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw this.malformed(`reads memo slot ${index}, which is empty`);
    this.push(value);
  }

  /** APPEND, APPENDS: the list below `items` on the stack grows. */
  append(items: readonly PickleValue[]): void {
    const list = this.pop();
    if (!Array.isArray(list)) throw this.malformed(`appends to ${describe(list)}, expected a list`);
    for (const item of items) list.push(item);
    this.push(list);
  }

  /** SETITEM, SETITEMS: the dict below `items` (key, value, key, value, …) on the stack grows. */
  setItems(items: readonly PickleValue[]): void {
    const dict = this.pop();
    if (!(dict instanceof Map)) throw this.malformed(`sets items of ${describe(dict)}, expected a dict`);
    if (items.length % 2 !== 0) throw this.malformed('sets a dict item without a value');
    for (let index = 0; index < items.length; index += 2) {
      setUnique(dict, items[index] as PickleValue, items[index + 1] as PickleValue);
    }
    this.push(dict);
  }

  /** GLOBAL, STACK_GLOBAL: resolves a name against the host's list; the name is refused even if it is never called. */
  global(module: PickleValue, name: PickleValue): void {
    if (typeof module !== 'string' || typeof name !== 'string') {
      throw this.malformed('names a global that is not text');
    }
    const qualified = `${module}.${name}`;
    if (!this.#host.globals.has(qualified)) throw forbiddenCallable(this.reader.what, qualified);
    this.pushObject(new PickleGlobal(qualified));
  }

  /** REDUCE: calls the host's own function of an allowed name. */
  reduce(): void {
    const args = this.pop();
    const callable = this.pop();
    if (!(callable instanceof PickleGlobal)) throw this.malformed(`calls ${describe(callable)}`);
    if (!(args instanceof PickleTuple)) throw this.malformed(`calls ${callable.name} with ${describe(args)}`);
    const call = this.#host.globals.get(callable.name);
    if (!call) throw this.malformed(`calls ${callable.name}, which is a constant`);
    this.pushObject(call(args.items));
  }

  build(): void {
    const state = this.pop();
    const target = this.pop();
    if (!this.#host.build) throw this.malformed('sets object state where plain values are expected');
    this.#host.build(target, state);
    this.push(target);
  }

  persistentLoad(): void {
    const id = this.pop();
    if (!this.#host.persistentLoad) {
      throw this.malformed('refers to a storage where plain values are expected');
    }
    this.pushObject(this.#host.persistentLoad(id));
  }

  /** STOP: the one value left. */
  finish(): PickleValue {
    const value = this.pop();
    if (this.#stack.length > 0 || this.#marks.length > 0) {
      throw this.malformed('stops with values left on its stack');
    }
    return value;
  }

  malformed(problem: string): WeightsError {
    return malformed(`${this.reader.what} ${problem} (before byte ${this.reader.position})`);
  }

  #tooLarge(what: string, limit: number): WeightsError {
    return new WeightsError(
      'TOO_LARGE',
      `${what} of ${this.reader.what} exceeds ${limit}: not a file of weights alone`,
    );
  }
}

/** Adds a dict item; a key that is not text or comes twice is refused, where Python would keep the last. */
export function setUnique(dict: Map<string, PickleValue>, key: PickleValue, value: PickleValue): void {
  if (typeof key !== 'string') throw malformed(`dict key is ${describe(key)}, expected a str`);
  if (dict.has(key)) throw malformed(`dict key ${quoted(key)} is set twice`);
  dict.set(key, value);
}

/** The refusal of a name outside the host's list. */
export function forbiddenCallable(what: string, name: string): WeightsError {
  return new WeightsError(
    'FORBIDDEN',
    `${what} refers to ${quoted(name)}, which no state dict needs and python would run: refused, nothing was run`,
  );
}

/** Names the kind of a value with its article, for messages; never its content. */
export function describe(value: PickleValue): string {
  if (value === null) return 'none';
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Map) return 'a dict';
  if (value instanceof PickleObject) return value.kind;
  if (typeof value === 'string') return 'a str';
  return typeof value === 'boolean' ? 'a bool' : 'a number';
}
