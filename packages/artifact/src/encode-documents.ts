import * as v from 'valibot';
import { type DocumentKind, type Reader, readerOf, type Writer, writerOf } from './document.ts';
import { distinct, list, matching, numberWithin, type Schema, strictObject, text } from './schema.ts';
import { digest, integer, name } from './fields.ts';

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

/** `encodes.json` beside the renditions of a corpus: each encode that was made. */
export interface EncodeRecords {
  readonly schema: 'vqforge/corpus-encodes-v1';
  readonly encodes: readonly EncodeRecord[];
}

/** One encode: of which reference, how, and its result. */
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

const NAME = matching(/^[\w-][\w.-]{0,63}$/, 'letters, digits, _, . and -');
const WORD = matching(/^\w[\w-]{0,31}$/, 'letters, digits, _ and -');

const rung: Schema<Rung> = v.pipe(
  strictObject({
    name: NAME,
    codec: WORD,
    crf: v.exactOptional(numberWithin(0, 63)),
    bitrate: v.exactOptional(matching(/^\d{1,9}(\.\d{1,3})?[kM]?$/, 'bits per second, such as 800k')),
    height: v.exactOptional(
      v.union([
        v.pipe(integer, v.minValue(16), v.maxValue(16_384)),
        matching(/^[1-9]\d?\/[1-9]\d?$/, 'lines, or a part such as 1/2'),
      ]),
    ),
    preset: v.exactOptional(WORD),
  }),
  v.check(
    ({ crf, bitrate }) => (crf === undefined) !== (bitrate === undefined),
    'expected one of crf and bitrate',
  ),
);

const LADDER: DocumentKind<Ladder> = {
  name: 'ladder',
  schema: strictObject({
    schema: v.literal('vqforge/ladder-v1'),
    rungs: v.pipe(
      list(rung, 1, 256),
      distinct<Rung>((each) => each.name),
    ),
  }),
};

const RECORDS: DocumentKind<EncodeRecords> = {
  name: 'record of encodes',
  schema: strictObject({
    schema: v.literal('vqforge/corpus-encodes-v1'),
    encodes: v.array(
      strictObject({
        source: name,
        reference_sha256: digest,
        rung,
        arguments: list(text(4096), 0, 256),
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
export const parseLadder: Reader<Ladder> = readerOf(LADDER);

/**
 * The record of encodes, read from JSON and checked.
 *
 * @throws ArtifactError INVALID_DOCUMENT naming every bad field; JsonError
 */
export const parseEncodeRecords: Reader<EncodeRecords> = readerOf(RECORDS);

/**
 * The record of encodes, as canonical JSON.
 *
 * @throws ArtifactError INVALID_DOCUMENT naming every bad field
 */
export const formatEncodeRecords: Writer<EncodeRecords> = writerOf(RECORDS);
