import * as z from 'zod';
import { type DocumentKind, readDocument, writeDocument } from './document.ts';
import { digest, name } from './fields.ts';

/** One rendition of a ladder: how a reference is encoded. */
export interface Rung {
  /** Part of the file name; letters, digits, `_`, `.` and `-`. */
  readonly name: string;
  /** An encoder of ffmpeg, such as `libx264`. */
  readonly codec: string;
  /** Constant quality; one of `crf` and `bitrate` is given. */
  readonly crf?: number;
  /** Such as `800k`. */
  readonly bitrate?: string;
  /** Lines, or a part of the reference's as `1/2`; default: the reference's. */
  readonly height?: number | string;
  readonly preset?: string;
}

/** A ladder file. */
export interface Ladder {
  readonly schema: 'vqforge/ladder-v1';
  readonly rungs: readonly Rung[];
}

/** What was encoded, of what and how; beside the renditions. */
export interface EncodeRecords {
  readonly schema: 'vqforge/corpus-encodes-v1';
  readonly encodes: readonly EncodeRecord[];
}

export interface EncodeRecord {
  readonly source: string;
  readonly reference_sha256: string;
  readonly rung: Rung;
  /** ffmpeg's arguments; the reference and the output stand in them by their names. */
  readonly arguments: readonly string[];
  /** First line of `ffmpeg -version`. */
  readonly version: string;
  readonly output: string;
  readonly sha256: string;
}

const NAME = z.string().regex(/^[\w-][\w.-]{0,63}$/, 'expected letters, digits, _, . and -');
const WORD = z.string().regex(/^\w[\w-]{0,31}$/, 'expected letters, digits, _ and -');

const rung: z.ZodType<Rung> = z
  .strictObject({
    name: NAME,
    codec: WORD,
    crf: z.number().min(0).max(63).exactOptional(),
    bitrate: z
      .string()
      .regex(/^\d{1,9}(\.\d{1,3})?[kM]?$/, 'expected bits per second, such as 800k')
      .exactOptional(),
    height: z
      .union([
        z.int().min(16).max(16_384),
        z.string().regex(/^[1-9]\d?\/[1-9]\d?$/, 'expected lines, or a part such as 1/2'),
      ])
      .exactOptional(),
    preset: WORD.exactOptional(),
  })
  .refine(
    ({ crf, bitrate }) => (crf === undefined) !== (bitrate === undefined),
    'expected one of crf and bitrate',
  );

const LADDER: DocumentKind<Ladder> = {
  name: 'ladder',
  schema: z.strictObject({
    schema: z.literal('vqforge/ladder-v1'),
    rungs: z
      .array(rung)
      .min(1)
      .max(256)
      .refine(
        (rungs) => new Set(rungs.map((each) => each.name)).size === rungs.length,
        'expected distinct names',
      ),
  }),
};

const RECORDS: DocumentKind<EncodeRecords> = {
  name: 'record of encodes',
  schema: z.strictObject({
    schema: z.literal('vqforge/corpus-encodes-v1'),
    encodes: z.array(
      z.strictObject({
        source: name,
        reference_sha256: digest,
        rung,
        arguments: z.array(z.string().max(4096)).max(256),
        version: name,
        output: name,
        sha256: digest,
      }),
    ),
  }),
  limits: { maxBytes: 256 * 2 ** 20 },
};

/**
 * A ladder of encodes, read from JSON and checked.
 *
 * @throws ArtifactError INVALID_DOCUMENT naming every bad field; JsonError
 */
export function parseLadder(input: unknown): Ladder {
  return readDocument(LADDER, input);
}

/**
 * What was encoded by which command, read from JSON and checked.
 *
 * @throws ArtifactError INVALID_DOCUMENT naming every bad field; JsonError
 */
export function parseEncodeRecords(input: unknown): EncodeRecords {
  return readDocument(RECORDS, input);
}

/**
 * What was encoded by which command, as canonical JSON.
 *
 * @throws ArtifactError INVALID_DOCUMENT naming every bad field
 */
export function formatEncodeRecords(records: EncodeRecords): string {
  return writeDocument(RECORDS, records);
}
