import type { Attribute } from '../model.ts';
import type { InferredValue } from './value.ts';

/** One call of an operator, as its shape rule sees it. Omitted optional inputs are undefined. */
export interface OpCall {
  readonly inputs: readonly (InferredValue | undefined)[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly outputCount: number;
}

/**
 * What an operator's outputs are, as far as its inputs tell. Element types are the op table's concern, unless the
 * operator chooses one by an attribute.
 *
 * @throws ShapeMismatch for inputs that the operator cannot take
 */
export type ShapeRule = (call: OpCall) => readonly InferredValue[];
