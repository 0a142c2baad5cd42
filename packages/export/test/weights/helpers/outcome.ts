import { DTYPES } from '../../../src/weights/dtype.ts';
import type { Weights } from '../../../src/weights/read-weights.ts';
import type { Attack } from './attack.ts';
import { processorTime } from '../../../../../testing/processor-time.ts';

type Read = (bytes: Uint8Array) => Weights;

/** Milliseconds of processor time within which a reader promises to be done with a file of this size. */
const MAX_MILLISECONDS = 1000;

export interface Outcome {
  /** the code of the refusal, or READ */
  readonly code: string;
  readonly message: string;
  readonly milliseconds: number;
  /** what no file may bring about: an error without code, a torn tensor, a message of several lines, a hang */
  readonly problem?: string;
}

/** Reads one file, whatever it is. */
export function readOutcome(bytes: Uint8Array, read: Read): Outcome {
  let attempted = { code: '', message: '' };
  const milliseconds = processorTime(() => (attempted = attempt(bytes, read)));
  const { code, message } = attempted;
  const outcome = { code, message, milliseconds };
  if (code === 'NO CODE') return { ...outcome, problem: message };
  if (!/^\P{Cc}{0,700}$/u.test(message))
    return { ...outcome, problem: `message is not one short line: ${message}` };
  if (milliseconds > MAX_MILLISECONDS) return { ...outcome, problem: `took ${milliseconds} ms` };
  return outcome;
}

/** Empty if the attack is refused as it should be. */
export function attackProblems({ name, bytes, code, says = '' }: Attack, read: Read): string[] {
  const outcome = readOutcome(bytes, read);
  if (outcome.problem !== undefined) return [`${name}: ${outcome.problem}`];
  const expected = outcome.code === code && outcome.message.includes(says);
  return expected ? [] : [`${name}: expected ${code} ${says}, got ${outcome.code} ${outcome.message}`];
}

function attempt(bytes: Uint8Array, read: Read): { code: string; message: string } {
  try {
    for (const [name, { dtype, shape, bytes: data }] of read(bytes).stateDict) {
      const expected = shape.reduce((product, size) => product * size, DTYPES[dtype].itemSize);
      if (data.length !== expected) return { code: 'NO CODE', message: `tensor ${name} is torn` };
    }
    return { code: 'READ', message: '' };
  } catch (error) {
    // by name, as the fuzzer reads with the built package, whose class is another one
    const coded = error instanceof Error && error.name === 'WeightsError' && 'code' in error;
    return coded
      ? { code: String(error.code), message: error.message }
      : { code: 'NO CODE', message: String(error) };
  }
}
