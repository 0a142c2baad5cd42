import { CodedError } from '@vqforge/base';

/**
 * - `TOO_LARGE`: the file, or a count it declares, is over a limit of this reader
 * - `UNKNOWN_CONTAINER`: neither a PyTorch file nor safetensors
 * - `UNSUPPORTED`: recognised and refused (tar, gzip, TorchScript, zip64, compression, other dtypes, big-endian)
 * - `MALFORMED`: the bytes contradict their own format
 * - `FORBIDDEN`: a pickle opcode or callable outside the allow-list
 * - `NOT_A_STATE_DICT`: well formed, but not a flat dict of names to tensors
 * - `STATE_DICT_MISMATCH`: missing, unexpected or misshapen tensors
 * - `NOT_FINITE`: a weight is NaN or infinite
 */
export type WeightsErrorCode =
  | 'TOO_LARGE'
  | 'UNKNOWN_CONTAINER'
  | 'UNSUPPORTED'
  | 'MALFORMED'
  | 'FORBIDDEN'
  | 'NOT_A_STATE_DICT'
  | 'STATE_DICT_MISMATCH'
  | 'NOT_FINITE';

/** A file of weights that is refused. */
export class WeightsError extends CodedError<WeightsErrorCode> {}

/** The refusal of bytes that contradict their own format. */
export function malformed(problem: string): WeightsError {
  return new WeightsError('MALFORMED', problem);
}

const MAX_QUOTED = 120;

/** Text of a hostile file as it may appear on a terminal: quoted, at most 120 characters, nothing invisible. */
export function quoted(text: string): string {
  const short = text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text;
  return JSON.stringify(short).replace(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) as number).toString(16)}}`,
  );
}
