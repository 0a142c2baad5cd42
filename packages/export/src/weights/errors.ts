import { CodedError } from '@vqforge/artifact';

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

export class WeightsError extends CodedError<WeightsErrorCode> {}

/** A name from a hostile file as it may appear in a message: quoted, escaped, at most 120 characters. */
export function quoted(name: string): string {
  return JSON.stringify(name.length > 120 ? `${name.slice(0, 120)}…` : name);
}
