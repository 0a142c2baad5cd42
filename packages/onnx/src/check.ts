import { arityProblems, attributeProblems, bindTypes, outputType } from './check-node.ts';
import { OnnxError } from './errors.ts';
import { describeFindings, quote, type Finding } from './finding.ts';
import { DATA_TYPE_BYTES, type Graph, type Model, type Node, type Tensor, type ValueInfo } from './model.ts';
import { OP_TABLES, type OpSchema } from './op-table.ts';
import { BODY_PASSING } from './shapes/bodies.ts';
import { tensorValue } from './shapes/layout.ts';
import { ShapeMismatch, show, unify, type InferredValue } from './shapes/value.ts';

export type GraphCode =
  | 'BAD_VERSION'
  | 'BAD_TENSOR'
  | 'BAD_ARITY'
  | 'BAD_ATTRIBUTE'
  | 'DUPLICATE_NAME'
  | 'UNDEFINED_NAME'
  | 'NOT_SORTED'
  | 'UNKNOWN_OP'
  | 'TYPE_MISMATCH'
  | 'SHAPE_MISMATCH'
  | 'UNUSED_INITIALIZER';

export type GraphFinding = Finding<GraphCode>;

/** Beyond any tensor's rank; keeps a hostile chain of Unsqueeze from growing shapes without bound. */
const MAX_RANK = 64;

/**
 * Checks a model as a graph and lists what is wrong: single assignment, topological order, operators with their inputs, outputs
 * and attributes, element types and shapes as far as they follow from the inputs, and initializers that nothing uses.
 * Graphs inside Loop, Scan and If are checked with the names of the graphs around them.
 *
 * The rules are those of ONNX's checker and shape inference, for opsets 17 and 18 and the operators of op-table.ts.
 * Dimensions stay symbolic where they are; two different names are never a mismatch.
 *
 * @returns findings in graph order; empty for a valid model
 * @see https://onnx.ai/onnx/repo-docs/IR.html
 */
export function checkModel(model: Model): GraphFinding[] {
  const findings: GraphFinding[] = [];
  const table = OP_TABLES.get(model.opset);
  if (table === undefined) {
    const message = `opset ${model.opset}, expected ${[...OP_TABLES.keys()].join(' or ')}`;
    findings.push({ code: 'BAD_VERSION', path: '', message });
    return findings;
  }
  new GraphCheck(table, findings).graph(model.graph, 'graph', undefined, undefined);
  return findings;
}

/**
 * Refuses a model in which `checkModel` finds a mistake.
 *
 * @throws OnnxError INVALID_GRAPH with what checkModel finds
 */
export function assertValidModel(model: Model): void {
  const findings = checkModel(model);
  if (findings.length > 0) {
    throw new OnnxError('INVALID_GRAPH', `model is not valid: ${describeFindings(findings, 10)}`);
  }
}

/** The names that a graph defines so far, and those of the graphs around it. */
interface Scope {
  readonly values: Map<string, InferredValue>;
  readonly used: Set<string>;
  readonly outer: Scope | undefined;
}

class GraphCheck {
  readonly #table: Readonly<Record<string, OpSchema>>;
  readonly #findings: GraphFinding[];

  constructor(table: Readonly<Record<string, OpSchema>>, findings: GraphFinding[]) {
    this.#table = table;
    this.#findings = findings;
  }

  /** `given` are the values that the operator around the graph passes to its inputs. Returns the graph's outputs. */
  graph(
    graph: Graph,
    path: string,
    outer: Scope | undefined,
    given: readonly InferredValue[] | undefined,
  ): readonly InferredValue[] {
    const scope: Scope = { values: new Map(), used: new Set(), outer };
    if (given !== undefined && given.length !== graph.inputs.length) {
      this.#report('BAD_ARITY', path, `graph has ${graph.inputs.length} inputs, expected ${given.length}`);
    }
    for (const [index, input] of graph.inputs.entries()) {
      this.#declared(input, given?.[index] ?? {}, `${path}.input[${index}]`);
      this.#define(scope, input.name, input, `${path}.input[${index}]`);
    }
    for (const [index, tensor] of graph.initializers.entries()) {
      this.#tensor(tensor, `${path}.initializer[${index}]`);
      this.#define(scope, tensor.name, tensorValue(tensor), `${path}.initializer[${index}]`);
    }
    const produced = new Set(graph.nodes.flatMap((node) => node.outputs));
    for (const [index, node] of graph.nodes.entries()) {
      this.#node(node, `${path}.node[${index}]`, scope, produced);
    }
    const outputs = graph.outputs.map((output, index) => {
      const at = `${path}.output[${index}]`;
      this.#declared(output, this.#use(output.name, scope, produced, at), at);
      return output;
    });
    for (const [index, { name }] of graph.initializers.entries()) {
      if (!scope.used.has(name)) {
        this.#report('UNUSED_INITIALIZER', `${path}.initializer[${index}]`, `nothing uses ${quote(name)}`);
      }
    }
    return outputs;
  }

  #node(node: Node, path: string, scope: Scope, produced: ReadonlySet<string>): void {
    const inputs = node.inputs.map((name, index) =>
      name === '' ? undefined : this.#use(name, scope, produced, `${path}.input[${index}]`),
    );
    for (const [name, attribute] of Object.entries(node.attributes))
      if (attribute.type === 'tensor') this.#tensor(attribute.value, `${path}.${name}`);
    const outputs = this.#outputs(node, inputs, path, scope);
    for (const [index, name] of node.outputs.entries()) {
      if (name !== '') this.#define(scope, name, outputs[index] ?? {}, `${path}.output[${index}]`);
    }
  }

  #outputs(
    node: Node,
    inputs: readonly (InferredValue | undefined)[],
    path: string,
    scope: Scope,
  ): readonly InferredValue[] {
    const schema = Object.hasOwn(this.#table, node.opType) ? this.#table[node.opType] : undefined;
    if (schema === undefined) {
      this.#report('UNKNOWN_OP', path, `operator ${quote(node.opType)} is not in the op table`);
      return [];
    }
    const arity = arityProblems(node, schema);
    const attributes = attributeProblems(node, schema);
    const { bound, problems } = bindTypes(schema, inputs);
    for (const problem of arity) this.#report('BAD_ARITY', path, problem);
    for (const problem of attributes) this.#report('BAD_ATTRIBUTE', path, problem);
    for (const problem of problems) this.#report('TYPE_MISMATCH', path, problem);
    const typed = node.outputs.map((_, index) => ({ dataType: outputType(schema, index, bound) }));
    if (arity.length + attributes.length > 0) return typed;
    const shaped = this.#shapes(node, schema, inputs, path, scope);
    return typed.map((value, index) => ({ ...value, ...shaped[index] }));
  }

  /** The outputs' shapes, and their types where the operator chooses them itself. */
  #shapes(
    node: Node,
    schema: OpSchema,
    inputs: readonly (InferredValue | undefined)[],
    path: string,
    scope: Scope,
  ): readonly InferredValue[] {
    const call = { inputs, attributes: node.attributes, outputCount: node.outputs.length };
    try {
      const shaped =
        schema.shapes === undefined ? this.#bodies(node, inputs, path, scope) : schema.shapes(call);
      const tooDeep = shaped.find(({ shape }) => (shape?.length ?? 0) > MAX_RANK);
      if (tooDeep !== undefined) throw new ShapeMismatch(`rank ${tooDeep.shape!.length} exceeds ${MAX_RANK}`);
      return shaped;
    } catch (error) {
      if (!(error instanceof ShapeMismatch)) throw error;
      this.#report('SHAPE_MISMATCH', path, `${node.opType}: ${error.message}`);
      return [];
    }
  }

  #bodies(
    node: Node,
    inputs: readonly (InferredValue | undefined)[],
    path: string,
    scope: Scope,
  ): readonly InferredValue[] {
    const call = { inputs, attributes: node.attributes, outputCount: node.outputs.length };
    const { given, outputs } = BODY_PASSING[node.opType]!(call);
    const results = Object.entries(node.attributes).flatMap(([name, attribute]) => {
      if (attribute.type !== 'graph') return [];
      const at = `${path}.${name}`;
      const result = outputs(this.graph(attribute.value, at, scope, given));
      const [got, wanted] = [result.length, node.outputs.length];
      if (got !== wanted) this.#report('BAD_ARITY', at, `graph gives ${got} outputs, expected ${wanted}`);
      return [result];
    });
    return results[0] ?? [];
  }

  #define(scope: Scope, name: string, value: InferredValue, path: string): void {
    let taken = name === '';
    for (let at: Scope | undefined = scope; at !== undefined; at = at.outer) taken ||= at.values.has(name);
    if (taken) this.#report('DUPLICATE_NAME', path, `name ${quote(name)} is empty or already taken`);
    scope.values.set(name, value);
  }

  #use(name: string, scope: Scope, produced: ReadonlySet<string>, path: string): InferredValue {
    for (let at: Scope | undefined = scope; at !== undefined; at = at.outer) {
      const value = at.values.get(name);
      if (value === undefined) continue;
      at.used.add(name);
      return value;
    }
    if (produced.has(name)) this.#report('NOT_SORTED', path, `${quote(name)} is used before it is computed`);
    else this.#report('UNDEFINED_NAME', path, `${quote(name)} is not defined`);
    return {};
  }

  /** Compares what a graph declares of an input or output with what is known of it. */
  #declared(declared: ValueInfo, known: InferredValue, path: string): void {
    const { name, dataType, shape } = declared;
    if (known.dataType !== undefined && known.dataType !== dataType) {
      this.#report('TYPE_MISMATCH', path, `${quote(name)} is declared ${dataType}, but is ${known.dataType}`);
    }
    if (known.shape === undefined) return;
    const mismatch = `${quote(name)} is declared ${show(shape)}, but is ${show(known.shape)}`;
    try {
      if (shape.length !== known.shape.length) throw new ShapeMismatch(mismatch);
      for (const [axis, dim] of shape.entries()) unify(dim, known.shape[axis], mismatch);
    } catch (error) {
      if (!(error instanceof ShapeMismatch)) throw error;
      this.#report('SHAPE_MISMATCH', path, mismatch);
    }
  }

  #tensor({ dims, dataType, raw }: Tensor, path: string): void {
    const bytes = dims.reduce((product, dim) => product * dim, DATA_TYPE_BYTES[dataType]);
    if (bytes !== raw.byteLength || dims.some((dim) => dim < 0)) {
      this.#report('BAD_TENSOR', path, `${dataType} [${dims.join(', ')}] with ${raw.byteLength} bytes`);
    }
  }

  #report(code: GraphCode, path: string, message: string): void {
    this.#findings.push({ code, path, message });
  }
}
