import type { BitDepth, Chroma, RawFormat } from '@vqforge/media';
import { ServerError } from './errors.ts';
import { fileKind, type FileKind } from './file-kind.ts';
import type { Extent, PairForm } from './request-calls.ts';

/** Text fields of a form to be scored, under the names of libvmaf's flags. */
const FIELDS = ['width', 'height', 'pixel_format', 'bitdepth', 'model', 'still'] as const;

type Field = (typeof FIELDS)[number];

export const SCORE_FIELDS: number = FIELDS.length;

/** Two files that are to be scored, and how. */
export interface ScoreForm {
  /** Both images, or both clips. */
  readonly areImages: boolean;
  /** Format of raw YUV. */
  readonly raw?: RawFormat;
  readonly model?: string;
  /** Images as clips of one frame. */
  readonly still: boolean;
}

/**
 * Reads the fields of a form and looks at the first bytes of its files.
 *
 * @param decodesContainers whether files other than images, Y4M and raw YUV are taken
 * @throws ServerError INVALID_REQUEST | UNSUPPORTED_MEDIA_TYPE
 */
export function scoreForm(
  { body, reference, distorted, fields }: PairForm,
  decodesContainers: boolean,
): ScoreForm {
  const unknown = [...fields.keys()].find((name) => !FIELDS.includes(name as Field));
  if (unknown !== undefined)
    throw invalid(
      `has a field ${JSON.stringify(unknown.slice(0, 64))}, expected one of ${FIELDS.join(', ')}`,
    );
  const raw = rawFormat(fields);
  const model = fields.get('model');
  const kindOf = ({ start, end }: Extent): FileKind => fileKind(body.subarray(start, end));
  const kinds = { reference: kindOf(reference), distorted: kindOf(distorted) };
  if (raw === undefined)
    for (const [name, kind] of Object.entries(kinds)) requireReadable(name, kind, decodesContainers);
  const images = Object.values(kinds).filter((kind) => kind === 'image').length;
  if (raw === undefined && images === 1)
    throw invalid('holds an image and a clip, expected two images or two clips');
  return {
    areImages: raw === undefined && images === 2,
    still: flag(fields, 'still'),
    ...(raw === undefined ? {} : { raw }),
    ...(model === undefined ? {} : { model }),
  };
}

/** @throws ServerError UNSUPPORTED_MEDIA_TYPE */
function requireReadable(name: string, kind: FileKind, decodesContainers: boolean): void {
  if (kind === 'unknown')
    throw new ServerError(
      'UNSUPPORTED_MEDIA_TYPE',
      `${name} is no image, Y4M clip or container of video; raw YUV needs the fields width, height, pixel_format and bitdepth`,
    );
  if (kind === 'container' && !decodesContainers)
    throw new ServerError(
      'UNSUPPORTED_MEDIA_TYPE',
      `${name} is a container, which this server does not decode; send Y4M or raw YUV, or start it with --ffmpeg`,
    );
}

function rawFormat(fields: PairForm['fields']): RawFormat | undefined {
  const names = ['width', 'height', 'pixel_format', 'bitdepth'] as const;
  const given = names.filter((name) => fields.has(name));
  if (given.length === 0) return undefined;
  if (given.length < names.length)
    throw invalid(
      `describes raw YUV in part, expected ${names.join(', ')} together, got ${given.join(', ')}`,
    );
  return {
    width: integer(fields, 'width'),
    height: integer(fields, 'height'),
    // the reader refuses others, naming what it takes
    chroma: fields.get('pixel_format') as Chroma,
    bitDepth: integer(fields, 'bitdepth') as BitDepth,
  };
}

function integer(fields: PairForm['fields'], name: Field): number {
  const text = fields.get(name) ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw invalid(`has ${name} ${JSON.stringify(text.slice(0, 32))}, expected a whole number`);
}

function flag(fields: PairForm['fields'], name: Field): boolean {
  const text = fields.get(name) ?? 'false';
  if (text === 'true' || text === 'false') return text === 'true';
  throw invalid(`has ${name} ${JSON.stringify(text.slice(0, 32))}, expected true or false`);
}

function invalid(problem: string): ServerError {
  return new ServerError('INVALID_REQUEST', `the form ${problem}`);
}
