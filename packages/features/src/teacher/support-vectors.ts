import { FeaturesError } from '../errors.ts';

/** A support vector machine for regression with a radial basis function kernel, as libsvm writes it. */
export interface SupportVectors {
  readonly gamma: number;
  readonly rho: number;
  /** [vectors]: the weight of each support vector. */
  readonly coefficients: Float64Array;
  /** [vectors, features], row-major; what the file leaves out is 0. */
  readonly vectors: Float64Array;
}

/** libvmaf's own models have 211 to some thousand. */
const MOST_VECTORS = 100_000;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * Reads the text of a libsvm model: a header of `name value` lines, the line `SV`, and one line per support vector,
 * `coefficient index:value …` with indices from 1, ascending; an index left out means 0.
 *
 * @param features number of inputs
 * @param name     the model, in messages
 * @throws FeaturesError INVALID_MODEL for a text that is not one, UNSUPPORTED_MODEL for another kind of machine
 * @see https://www.csie.ntu.edu.tw/~cjlin/libsvm/
 */
export function readSupportVectors(text: string, features: number, name: string): SupportVectors {
  const lines = text.split('\n');
  const start = lines.indexOf('SV');
  if (start === -1) throw invalid(name, 'has no line SV before its support vectors');
  const header = readHeader(lines.slice(0, start), name);
  requireKind(header, 'svm_type', 'nu_svr', name);
  requireKind(header, 'kernel_type', 'rbf', name);
  const gamma = numberOf(header.get('gamma'), 'gamma', name);
  if (gamma < 0) throw invalid(name, `has gamma ${gamma}, expected at least 0`);
  const rho = numberOf(header.get('rho'), 'rho', name);
  const rows = lines.slice(start + 1).filter((line) => line.trim() !== '');
  const count = numberOf(header.get('total_sv'), 'total_sv', name);
  if (rows.length !== count || count < 1 || count > MOST_VECTORS)
    throw invalid(
      name,
      `has ${rows.length} support vectors and total_sv ${count}, expected as many, from 1 to ${MOST_VECTORS}`,
    );
  const coefficients = new Float64Array(rows.length);
  const vectors = new Float64Array(rows.length * features);
  for (const [row, line] of rows.entries()) {
    const what = `support vector ${row + 1}`;
    const [coefficient, ...entries] = line.trim().split(/ +/);
    coefficients[row] = numberOf(coefficient, `the coefficient of ${what}`, name);
    let last = 0;
    for (const entry of entries) {
      const [, index = '', value = ''] = /^(\d{1,9}):(.+)$/.exec(entry) ?? [];
      const at = Number(index);
      if (index === '' || at <= last || at > features)
        throw invalid(
          name,
          `has ${JSON.stringify(entry.slice(0, 40))} in ${what}, expected index:value with ascending indices from 1 to ${features}`,
        );
      vectors[row * features + at - 1] = numberOf(value, `element ${at} of ${what}`, name);
      last = at;
    }
  }
  return { gamma, rho, coefficients, vectors };
}

function readHeader(lines: readonly string[], name: string): Map<string, string> {
  const header = new Map<string, string>();
  for (const line of lines) {
    const space = line.indexOf(' ');
    const key = space === -1 ? line : line.slice(0, space);
    if (header.has(key)) throw invalid(name, `repeats ${JSON.stringify(key.slice(0, 40))} in its header`);
    header.set(key, space === -1 ? '' : line.slice(space + 1).trim());
  }
  return header;
}

function requireKind(header: Map<string, string>, key: string, expected: string, name: string): void {
  const found = header.get(key);
  if (found === undefined) throw invalid(name, `has no ${key} in its header`);
  if (found !== expected)
    throw new FeaturesError(
      'UNSUPPORTED_MODEL',
      `${name} is a support vector machine of ${key} ${found.slice(0, 40)}, expected ${expected}`,
    );
}

function numberOf(text: string | undefined, what: string, name: string): number {
  const value = text !== undefined && NUMBER.test(text) ? Number(text) : NaN;
  if (!Number.isFinite(value))
    throw invalid(name, `has ${JSON.stringify(text?.slice(0, 40) ?? null)} as ${what}, expected a number`);
  return value;
}

/** The refusal of a damaged model file. */
export function invalid(name: string, problem: string): FeaturesError {
  return new FeaturesError('INVALID_MODEL', `${name} ${problem}`);
}
