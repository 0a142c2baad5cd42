import type { Matrix } from './colour.ts';
import type { ColourTags } from './frame.ts';

/** The matrix of each tag that has one, in ffprobe's words; of the others the nearest stands beside them. */
const MATRIX_OF_TAG: ReadonlyMap<string, { readonly matrix: Matrix; readonly isExact: boolean }> = new Map([
  ['bt709', { matrix: 'bt709', isExact: true }],
  ['smpte170m', { matrix: 'bt601', isExact: true }],
  ['bt470bg', { matrix: 'bt601', isExact: true }],
  ['bt2020nc', { matrix: 'bt2020', isExact: true }],
  ['bt2020_ncl', { matrix: 'bt2020', isExact: true }],
  // constant luminance is no matrix at all
  ['bt2020c', { matrix: 'bt2020', isExact: false }],
  ['bt2020_cl', { matrix: 'bt2020', isExact: false }],
  // Kr 0.30, Kb 0.11 and Kr 0.212, Kb 0.087
  ['fcc', { matrix: 'bt601', isExact: false }],
  ['smpte240m', { matrix: 'bt709', isExact: false }],
]);

/**
 * Transfer characteristics of displays of standard dynamic range: LPIPS was trained on such codes, and they are taken as they
 * are.
 */
const TRANSFERS: ReadonlySet<string> = new Set([
  'bt709',
  'gamma22',
  'bt470m',
  'gamma28',
  'bt470bg',
  'smpte170m',
  'smpte240m',
  'iec61966-2-1',
  'iec61966_2_1',
  'iec61966-2-4',
  'iec61966_2_4',
  'bt1361e',
  'bt1361',
  'bt2020-10',
  'bt2020_10bit',
  'bt2020-12',
  'bt2020_12bit',
]);

/** Names that people know tags by. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ['smpte2084', 'PQ'],
  ['arib-std-b67', 'HLG'],
  ['bt2020c', 'BT.2020 constant luminance'],
]);

/** The matrix that a file's tag stands for; undefined where it says nothing, or names one that there is not here. */
export function matrixOfTags(tags: ColourTags | undefined): Matrix | undefined {
  return tags?.matrix === undefined ? undefined : MATRIX_OF_TAG.get(tags.matrix)?.matrix;
}

/**
 * Tags of a clip that its conversion for LPIPS does not honour: transfer functions of high dynamic range, and matrices that are
 * not among those here.
 *
 * @param isRgb R'G'B' needs no matrix
 * @param override the matrix that the caller gives in place of the tag's
 * @example unhonouredTags({ transfer: 'smpte2084', matrix: 'bt2020nc' }) // => ['transfer smpte2084 (PQ)']
 */
export function unhonouredTags(
  { matrix, transfer }: ColourTags = {},
  { isRgb = false, override }: { readonly isRgb?: boolean; readonly override?: Matrix } = {},
): string[] {
  const found = [];
  const needsMatrix = !isRgb && override === undefined && matrix !== undefined;
  if (needsMatrix && MATRIX_OF_TAG.get(matrix)?.isExact !== true) found.push(described('matrix', matrix));
  if (transfer !== undefined && !TRANSFERS.has(transfer)) found.push(described('transfer', transfer));
  return found;
}

function described(kind: string, tag: string): string {
  const name = NAMES.get(tag);
  return `${kind} ${tag}${name === undefined ? '' : ` (${name})`}`;
}
