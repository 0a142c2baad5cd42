import type { CorpusMeasurement } from '@vqforge/artifact';
import { compactJson, sha256, type Json } from '@vqforge/base';
import type { RawFormat } from '@vqforge/media';

/**
 * What a result's numbers mean beside what the kernels compute: how frames are paired and read, which columns there are. It grows
 * by one when that changes, so that results of before and after never meet in one table.
 */
const MEANING = 1;

/** The programs that compute, by digest or version. */
export interface MeasuringEngines {
  /** SHA-256 of the feature kernels. */
  readonly kernels: string;
  /** Which ONNX Runtime runs LPIPS, such as `onnxruntime-web 1.30.0`; where it is measured. */
  readonly lpips?: string;
  /** libswscale's version, where smaller renditions are scaled. */
  readonly scaler?: string;
}

/** All that the jobs of a run have in common: options, models and engines. It is part of the id of each, so that a change of it changes every id. */
export function runIdentity(measurement: CorpusMeasurement, engines: MeasuringEngines): Json {
  const { teacher, lpips, ...options } = measurement;
  return {
    meaning: MEANING,
    options,
    teacher: teacher?.sha256 ?? null,
    lpips: lpips?.sha256 ?? null,
    engines: { ...engines },
  };
}

/** A pair of clips by their digests, the format of raw YUV, and what is measured of it. */
export function pairIdentity(
  run: Json,
  referenceSha256: string,
  distortedSha256: string,
  raw?: RawFormat,
): Json {
  return {
    kind: 'pair',
    reference: referenceSha256,
    distorted: distortedSha256,
    run,
    ...(raw === undefined ? {} : { raw: raw as unknown as Json }),
  };
}

/**
 * The id of a job: its kind and the SHA-256 of its identity. Neither names of files nor the version of this package are in it.
 *
 * @example jobId(pairIdentity({}, 'a'.repeat(64), 'b'.repeat(64))) // => 'pair-9b0c…', 69 characters
 */
export function jobId(identity: Json): string {
  return `pair-${sha256(compactJson(identity))}`;
}

/** The form of the ids that `jobId` gives. */
export const JOB_ID: RegExp = /^pair-[0-9a-f]{64}$/;
