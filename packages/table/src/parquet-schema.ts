import type { ThriftReader, ThriftWriter } from './thrift-compact.ts';

/** A top-level column, as the schema of a file tells. */
export interface ParquetColumn {
  readonly name: string;
  /** `boolean` decodes to 0 and 1, and is no column of feature tables; `other` cannot be decoded. */
  readonly kind: 'number' | 'boolean' | 'string' | 'other';
  /** The type in parquet's words, for messages. */
  readonly type: string;
  /** How its values lie in the pages; undefined of a nested column. */
  readonly flat?: FlatColumn;
}

/** The part of a schema element that decoding needs. It is sent to threads, so it is plain data. */
export interface FlatColumn {
  readonly name: string;
  /** Position among all leaves, which is that of its chunk in a row group. */
  readonly leaf: number;
  /** Index into PHYSICAL_TYPES. */
  readonly physical: number;
  /** Bytes of a value of FIXED_LEN_BYTE_ARRAY. */
  readonly length: number;
  readonly optional: boolean;
  /** ConvertedType to declare to the decoder. */
  readonly converted?: number;
  readonly float16?: boolean;
  readonly decimal?: { readonly precision: number; readonly scale: number };
}

/** A column of values: top-level, or inside others. */
interface Leaf {
  /** For messages, with dots between its parts. */
  readonly path: string;
  readonly parts: readonly Uint8Array[];
  readonly physical: number;
  readonly flat: boolean;
}

export interface ParquetSchema {
  /** In file order; a name may occur twice. */
  readonly columns: readonly ParquetColumn[];
  readonly leaves: readonly Leaf[];
}

export const PHYSICAL_TYPES = [
  'BOOLEAN',
  'INT32',
  'INT64',
  'INT96',
  'FLOAT',
  'DOUBLE',
  'BYTE_ARRAY',
  'FIXED_LEN_BYTE_ARRAY',
] as const;

/** By field of the LogicalType union. */
const LOGICAL_TYPES: Readonly<Record<number, string>> = {
  1: 'STRING',
  2: 'MAP',
  3: 'LIST',
  4: 'ENUM',
  5: 'DECIMAL',
  6: 'DATE',
  7: 'TIME',
  8: 'TIMESTAMP',
  10: 'INTEGER',
  11: 'UNKNOWN',
  12: 'JSON',
  13: 'BSON',
  14: 'UUID',
  15: 'FLOAT16',
};
const REQUIRED = 0; // FieldRepetitionType
const REPEATED = 2;
const UTF8 = 0; // ConvertedType
const DECIMAL = 5;
const UINT_8 = 11; // … UINT_64 = 14, INT_8 = 15 … INT_64 = 18: the eight plain integer widths
const INT_8 = 15;
const INT_64 = 18;

const MAX_NESTING = 100; // deeper than any real schema, shallower than the stack
const MAX_ELEMENTS = 65_536; // an element takes ten times its bytes here; feature tables have some thirty
/** Decimals of more digits do not fit the decoder's 256 bits. */
const MAX_PRECISION = 76;

interface SchemaElement {
  physical?: number;
  length?: number;
  repetition?: number;
  name?: string;
  nameBytes?: Uint8Array;
  children?: number;
  converted?: number;
  scale?: number;
  precision?: number;
  logical?: LogicalType;
}

interface LogicalType {
  field: number;
  scale?: number;
  precision?: number;
  bits?: number;
  signed?: boolean;
}

/** Reads the list of schema elements. @throws RangeError, TypeError when it is malformed */
export function readSchema(read: ThriftReader): ParquetSchema {
  const elements: SchemaElement[] = [];
  read.list((index) => {
    if (index === MAX_ELEMENTS) throw new RangeError(`the schema has more than ${MAX_ELEMENTS} elements`);
    elements.push(readElement(read));
  });
  return buildSchema(elements);
}

function readElement(read: ThriftReader): SchemaElement {
  const element: SchemaElement = {};
  read.struct((id) => {
    if (id === 1) element.physical = read.integer();
    else if (id === 2) element.length = read.integer();
    else if (id === 3) element.repetition = read.integer();
    else if (id === 4) element.name = utf8((element.nameBytes = read.bytes()));
    else if (id === 5) element.children = read.integer();
    else if (id === 6) element.converted = read.integer();
    else if (id === 7) element.scale = read.integer();
    else if (id === 8) element.precision = read.integer();
    else if (id === 10) element.logical = readLogicalType(read);
  });
  return element;
}

function readLogicalType(read: ThriftReader): LogicalType {
  const type: LogicalType = { field: 0 };
  read.struct((field) => {
    type.field = field;
    if (field !== 5 && field !== 10) return;
    read.struct((id) => {
      if (field === 5 && id === 1) type.scale = read.integer();
      else if (field === 5 && id === 2) type.precision = read.integer();
      else if (field === 10 && id === 1) type.bits = read.integer();
      else if (field === 10 && id === 2) type.signed = read.boolean();
    });
  });
  return type;
}

function buildSchema(elements: readonly SchemaElement[]): ParquetSchema {
  const columns: ParquetColumn[] = [];
  const leaves: Leaf[] = [];
  let at = 1; // element 0 is the root, whose own repetition means nothing
  const walk = (path: readonly SchemaElement[], isTopLevel: boolean): void => {
    const element = elements[at++];
    if (element === undefined) throw new RangeError('the schema ends early');
    if (element.name === undefined) throw new TypeError('column name is missing');
    const children = element.children ?? 0;
    if (children < 0) throw new RangeError(`column ${element.name} has ${children} children`);
    // a writer that leaves the repetition out means the first of them, as Arrow C++ reads it
    const repetition = element.repetition ?? REQUIRED;
    if (repetition < REQUIRED || repetition > REPEATED)
      throw new RangeError(`column ${element.name} has the repetition ${repetition}`);
    const isFlat = isTopLevel && children === 0 && repetition !== REPEATED;
    const nested = { name: element.name, kind: 'other', type: 'nested' } as const;
    if (isTopLevel) columns.push(isFlat ? flatColumn(element, leaves.length) : nested);
    const whole = [...path, element];
    if (children === 0) leaves.push(leaf(whole, isFlat));
    if (whole.length > MAX_NESTING) throw new RangeError(`columns nest deeper than ${MAX_NESTING}`);
    for (let i = 0; i < children; i++) walk(whole, false);
  };
  const [root] = elements;
  if (root === undefined) throw new RangeError('the schema is empty');
  const topLevel = root.children ?? 0;
  for (let i = 0; i < topLevel; i++) walk([], true);
  if (at !== elements.length)
    throw new RangeError(`the schema has ${elements.length} elements, ${at} belong to a column`);
  return { columns, leaves };
}

function leaf(path: readonly SchemaElement[], flat: boolean): Leaf {
  const name = path.map((element) => element.name!).join('.');
  const { physical } = path.at(-1)!;
  if (physical === undefined) throw new TypeError(`type of ${name} is missing`);
  if (PHYSICAL_TYPES[physical] === undefined)
    throw new RangeError(`column ${name} has the type ${physical}, which parquet does not have`);
  return { path: name, parts: path.map((element) => element.nameBytes!), physical, flat };
}

function flatColumn(element: SchemaElement, leafIndex: number): ParquetColumn {
  const { physical = -1, converted, logical, length = 0, repetition = REQUIRED } = element;
  const name = element.name!;
  const physicalName = PHYSICAL_TYPES[physical] ?? `type ${physical}`;
  const logicalName =
    logical && logical.field !== 0
      ? (LOGICAL_TYPES[logical.field] ?? `logical type ${logical.field}`)
      : undefined;
  const meaning = logicalName ?? (converted === undefined ? undefined : `converted type ${converted}`);
  const type = meaning === undefined ? physicalName : `${physicalName} as ${meaning}`;
  const flat: FlatColumn = { name, leaf: leafIndex, physical, length, optional: repetition !== REQUIRED };
  return { name, type, ...columnKind(flat, element, physicalName, logicalName) };
}

/** A logical type, where there is one, overrules the older converted type. */
function columnKind(
  flat: FlatColumn,
  { converted, logical, scale = 0, precision }: SchemaElement,
  physical: string,
  logicalName: string | undefined,
): Pick<ParquetColumn, 'kind' | 'flat'> {
  const isPlain = converted === undefined && logicalName === undefined;
  if (logicalName === 'DECIMAL' || (logicalName === undefined && converted === DECIMAL)) {
    const decimal = { precision: logical?.precision ?? precision ?? 0, scale: logical?.scale ?? scale };
    return decimalKind(flat, decimal, physical);
  }
  switch (physical) {
    case 'FLOAT':
    case 'DOUBLE':
      return { kind: isPlain ? 'number' : 'other', flat };
    case 'BOOLEAN':
      return { kind: isPlain ? 'boolean' : 'other', flat };
    case 'INT32':
    case 'INT64': {
      if (isPlain) return { kind: 'number', flat };
      if (logicalName === 'INTEGER') {
        const width = [8, 16, 32, 64].indexOf(logical?.bits ?? 0);
        if (width < 0) throw new RangeError(`column ${flat.name} has integers of ${logical?.bits} bits`);
        const first = logical?.signed === false ? UINT_8 : INT_8;
        return { kind: 'number', flat: { ...flat, converted: first + width } };
      }
      const isInteger = converted !== undefined && converted >= UINT_8 && converted <= INT_64;
      if (logicalName !== undefined || !isInteger) return { kind: 'other', flat };
      return { kind: 'number', flat: { ...flat, converted } };
    }
    case 'BYTE_ARRAY': {
      const isText = logicalName === 'STRING' || (logicalName === undefined && converted === UTF8);
      return isText ? { kind: 'string', flat: { ...flat, converted: UTF8 } } : { kind: 'other', flat };
    }
    case 'FIXED_LEN_BYTE_ARRAY':
      return logicalName === 'FLOAT16' && flat.length === 2
        ? { kind: 'number', flat: { ...flat, float16: true } }
        : { kind: 'other', flat };
    default:
      return { kind: 'other', flat };
  }
}

function decimalKind(
  flat: FlatColumn,
  decimal: { precision: number; scale: number },
  physical: string,
): Pick<ParquetColumn, 'kind' | 'flat'> {
  const { precision, scale } = decimal;
  const isDecimal = precision >= 1 && precision <= MAX_PRECISION && scale >= 0 && scale <= precision;
  const holdsDecimals =
    ['INT32', 'INT64', 'BYTE_ARRAY'].includes(physical) ||
    (physical === 'FIXED_LEN_BYTE_ARRAY' && flat.length >= 1 && flat.length <= 32);
  if (!isDecimal || !holdsDecimals) return { kind: 'other', flat };
  return { kind: 'number', flat: { ...flat, converted: DECIMAL, decimal } };
}

/** Writes one column as an element of a schema, as the decoder shall see it. */
export function writeElement(write: ThriftWriter, column: FlatColumn): void {
  write.struct(() => {
    write.i32(1, column.physical);
    if (column.length > 0) write.i32(2, column.length);
    write.i32(3, column.optional ? 1 : 0);
    write.binary(4, column.name);
    if (column.converted !== undefined) write.i32(6, column.converted);
    if (column.decimal !== undefined) {
      write.i32(7, column.decimal.scale);
      write.i32(8, column.decimal.precision);
    }
    if (column.float16 === true) write.structField(10, () => write.structField(15, () => undefined));
  });
}

function utf8(value: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value); // TypeError when malformed
}
