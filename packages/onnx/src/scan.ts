import { OnnxError } from './errors.ts';
import { quote, type Finding } from './finding.ts';
import { CONTROL_FLOW_OPS } from './ops.ts';
import { ATTRIBUTE_TYPE, type FieldSpec, type MessageName, type RefusedRole } from './schema.ts';
import { MAX_MODEL_BYTES } from '@vqforge/base';
import { readWireModel, type WireField, type WireMessage, type WireValue } from './wire.ts';

export type ScanCode =
  | RefusedRole
  | 'MALFORMED'
  | 'TOO_LARGE'
  | 'MISSING_FIELD'
  | 'UNKNOWN_FIELD'
  | 'REPEATED_FIELD'
  | 'AMBIGUOUS_VALUE'
  | 'FORBIDDEN_OP'
  | 'CONTROL_FLOW'
  | 'FOREIGN_DOMAIN'
  | 'TOO_DEEP'
  | 'UNSTRIPPED';

export type ScanFinding = Finding<ScanCode>;

/** Rules that a model file is scanned by. */
export interface ScanPolicy {
  /** Operators of the default domain that may occur; `'any'` only for files that will not be run as they are. */
  readonly ops: ReadonlySet<string> | 'any';
  /** Whether If, Loop, Scan and SequenceMap may occur; they must be in `ops` besides. Default: no. */
  readonly controlFlow?: boolean;
  /** Default: 50 MiB. */
  readonly maxBytes?: number;
}

/** Graphs within graphs, the main graph not counted; the bound of lusoris/vmaf's scanner too. */
const MAX_GRAPH_DEPTH = 8;
/** Fields whose presence means nothing when they hold proto3's zero, which some writers spell out. */
const ZERO_IS_ABSENT = new Set(['data_location', 'overload', 'ref_attr_name']);
const TENSOR_DATA_FIELDS = [
  'raw_data',
  'float_data',
  'int32_data',
  'int64_data',
  'double_data',
  'uint64_data',
  'string_data',
];
/** TensorProto.DataType.STRING (onnx.proto). */
const STRING_TYPE = 8n;

/**
 * Scans the bytes of a model file and lists what stands against running it. Deny by default: whatever the schema does not know,
 * whatever two protobuf readers could understand differently, and every operator outside `policy.ops` is a finding.
 *
 * `UNSTRIPPED` findings are apart from that: fields of no effect on any result (names of nodes, documentation,
 * metadata), which the project's own files may not carry and stripModel removes.
 *
 * @returns findings in file order; empty when the file may be served and is stripped
 */
export function scanModel(bytes: Uint8Array, policy: ScanPolicy): ScanFinding[] {
  return scanWire(bytes, policy).findings;
}

/** Scans like `scanModel`, and gives the message that was read, so that it is read once; undefined where it cannot be read. */
export function scanWire(
  bytes: Uint8Array,
  policy: ScanPolicy,
): { readonly wire?: WireMessage; readonly findings: ScanFinding[] } {
  const findings: ScanFinding[] = [];
  try {
    const wire = readWireModel(bytes, policy.maxBytes ?? MAX_MODEL_BYTES);
    visit(wire, '', -1, policy, (code, path, message) => findings.push({ code, path, message }));
    return { wire, findings };
  } catch (error) {
    if (!(error instanceof OnnxError)) throw error;
    const code = error.code === 'TOO_LARGE' ? 'TOO_LARGE' : 'MALFORMED';
    return { findings: [{ code, path: '', message: error.message }] };
  }
}

type Report = (code: ScanCode, path: string, message: string) => void;

function visit(message: WireMessage, path: string, depth: number, policy: ScanPolicy, report: Report): void {
  const graphDepth = message.type === 'GraphProto' ? depth + 1 : depth;
  if (graphDepth > MAX_GRAPH_DEPTH) {
    return report('TOO_DEEP', path, `more than ${MAX_GRAPH_DEPTH} graphs within graphs`);
  }
  RULES[message.type]?.(message, path, policy, report);
  const counts = new Map<number, number>();
  for (const field of message.fields) {
    const { spec, number, value } = field;
    const index = counts.get(number) ?? 0;
    counts.set(number, index + 1);
    if (spec === undefined) {
      report('UNKNOWN_FIELD', path, `field ${number} of ${message.type} is unknown`);
      continue;
    }
    const at = `${path === '' ? '' : `${path}.`}${spec.name}${spec.repeated ? `[${index}]` : ''}`;
    checkField(field, spec, index, at, report);
    if (isWireMessage(value)) visit(value, at, graphDepth, policy, report);
  }
}

function checkField(field: WireField, spec: FieldSpec, index: number, at: string, report: Report): void {
  if (!spec.repeated && index === 1) {
    report('REPEATED_FIELD', at, `${spec.name} is given twice: readers differ on which counts`);
  }
  if (spec.role === 'annotation') report('UNSTRIPPED', at, `${spec.name} has no effect on any result`);
  else if (spec.role !== 'meaning' && !(ZERO_IS_ABSENT.has(spec.name) && isZero(field.value))) {
    report(spec.role, at, `${spec.name} is not allowed`);
  }
}

function isZero(value: WireValue): boolean {
  return value === 0n || value === '';
}

type Rule = (message: WireMessage, path: string, policy: ScanPolicy, report: Report) => void;

/** Rules of a message as a whole, besides those of its single fields. */
const RULES: Partial<Record<MessageName, Rule>> = {
  ModelProto(message, path, _policy, report) {
    for (const name of ['ir_version', 'graph']) {
      if (!has(message, name)) report('MISSING_FIELD', path, `model has no ${name}`);
    }
    const defaults = all(message, 'opset_import').filter((set) => isDefaultDomain(text(set, 'domain')));
    if (defaults.length === 0) report('MISSING_FIELD', path, 'model imports no opset of the default domain');
    if (defaults.length > 1) {
      report('REPEATED_FIELD', path, `model imports ${defaults.length} opsets of the default domain`);
    }
  },

  OperatorSetIdProto(message, path, _policy, report) {
    const domain = text(message, 'domain');
    if (!isDefaultDomain(domain)) report('FOREIGN_DOMAIN', path, `opset of domain ${quote(domain)}`);
    if (!has(message, 'version')) report('MISSING_FIELD', path, 'opset has no version');
  },

  NodeProto(message, path, { ops, controlFlow = false }, report) {
    const op = text(message, 'op_type');
    const domain = text(message, 'domain');
    if (!isDefaultDomain(domain)) {
      report('FOREIGN_DOMAIN', path, `operator ${quote(op)} of domain ${quote(domain)}`);
    }
    if (ops !== 'any' && !ops.has(op)) report('FORBIDDEN_OP', path, `operator ${quote(op)} is not allowed`);
    if (!controlFlow && CONTROL_FLOW_OPS.has(op)) {
      report('CONTROL_FLOW', path, `operator ${op} runs a graph of its own`);
    }
    const seen = new Set<string>();
    for (const attribute of all(message, 'attribute')) {
      const name = text(attribute, 'name');
      if (seen.has(name)) report('REPEATED_FIELD', path, `attribute ${quote(name)} is given twice`);
      seen.add(name);
    }
  },

  AttributeProto(message, path, _policy, report) {
    const type = message.fields.find((field) => field.spec?.name === 'type')?.value;
    const names = Object.entries(ATTRIBUTE_TYPE);
    const expected = names.find(([, number]) => typeof type === 'bigint' && BigInt(number) === type)?.[0];
    if (expected === undefined) report('MISSING_FIELD', path, 'attribute has no type that ONNX defines');
    for (const [name] of names) {
      if (name !== expected && has(message, name)) {
        report('AMBIGUOUS_VALUE', path, `attribute of type ${expected} also holds ${name}`);
      }
    }
  },

  TensorProto(message, path, _policy, report) {
    const data = TENSOR_DATA_FIELDS.filter((name) => has(message, name));
    if (data.length > 1) report('AMBIGUOUS_VALUE', path, `tensor holds ${data.join(' and ')}`);
    refuseStrings(message, 'data_type', path, report);
  },

  TypeProto(message, path, _policy, report) {
    if (!has(message, 'tensor_type')) report('MISSING_FIELD', path, 'type is not that of a tensor');
  },

  'TypeProto.Tensor'(message, path, _policy, report) {
    refuseStrings(message, 'elem_type', path, report);
  },

  'TensorShapeProto.Dimension'(message, path, _policy, report) {
    if (has(message, 'dim_value') && has(message, 'dim_param')) {
      report('AMBIGUOUS_VALUE', path, 'dimension has both a size and a name');
    }
  },
};

function refuseStrings(message: WireMessage, field: string, path: string, report: Report): void {
  const type = message.fields.find(({ spec }) => spec?.name === field);
  if (type?.value === STRING_TYPE) report('STRING_TENSOR', path, 'tensor of strings');
}

function isDefaultDomain(domain: string): boolean {
  return domain === '' || domain === 'ai.onnx';
}

function has(message: WireMessage, name: string): boolean {
  return message.fields.some(({ spec }) => spec?.name === name);
}

/** The text of a singular field; '' when it is absent, as proto3 reads it. */
function text(message: WireMessage, name: string): string {
  const value = message.fields.find(({ spec }) => spec?.name === name)?.value;
  return typeof value === 'string' ? value : '';
}

function all(message: WireMessage, name: string): WireMessage[] {
  return message.fields
    .filter(({ spec }) => spec?.name === name)
    .map(({ value }) => value)
    .filter(isWireMessage);
}

function isWireMessage(value: WireValue): value is WireMessage {
  return typeof value === 'object' && 'fields' in value;
}
