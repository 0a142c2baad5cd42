import { MAX_SIDECAR_BYTES, type RegistryEntry } from '@vqforge/artifact/pinned';
import { MAX_MODEL_BYTES } from '@vqforge/base';
import { RegistryError } from './errors.ts';

/** The largest model file that a registry pins. */
export const MAX_ONNX_BYTES: number = MAX_MODEL_BYTES;
/** The largest registry or sidecar, as in lusoris/vmaf; a Sigstore bundle is far smaller. */
export const MAX_JSON_BYTES: number = MAX_SIDECAR_BYTES;

/**
 * The segments of a file name that an entry pins, relative to the registry's folder.
 *
 * lusoris/vmaf's pattern admits `a/../../x.onnx`; here every segment must be a plain name, and names that
 * start with a dot are the registry's own (lock, staging, journal).
 *
 * @throws RegistryError PATH_ESCAPE
 */
export function pinnedSegments(name: string): string[] {
  const segments = name.split('/');
  if (name.length > 256 || !segments.every((segment) => /^[A-Za-z0-9_-][A-Za-z0-9_.-]*$/.test(segment))) {
    throw new RegistryError(
      'PATH_ESCAPE',
      `file name ${JSON.stringify(name.slice(0, 256))} leaves the registry's folder, expected plain names separated by "/"`,
    );
  }
  return segments;
}

/** Names of the files that an entry pins, the ONNX file first; they need not be there. */
export function pinnedFiles({
  onnx,
  sigstore_bundle: bundle,
}: Pick<RegistryEntry, 'onnx' | 'sigstore_bundle'>): string[] {
  const files = [onnx, sidecarName(onnx), cardName(onnx)];
  return bundle === undefined ? files : [...files, bundle];
}

/** The largest size of a file that an entry pins, by its name. */
export function maxBytesOf(name: string): number {
  return name.endsWith('.onnx') ? MAX_ONNX_BYTES : MAX_JSON_BYTES;
}

/** The sidecar is `<x>.json` beside `<x>.onnx`. */
export function sidecarName(onnx: string): string {
  return onnx.replace(/\.onnx$/, '.json');
}

/** The model card is `<x>.md` beside `<x>.onnx`. */
export function cardName(onnx: string): string {
  return onnx.replace(/\.onnx$/, '.md');
}

/** The bundle that a publish writes; spelled as lusoris/vmaf spells it. */
export function bundleName(onnx: string): string {
  return `${onnx}.sigstore.json`;
}

/** The quantised twin that `int8_sha256` of lusoris/vmaf's entries pins. */
export function int8Name(onnx: string): string {
  return onnx.replace(/\.onnx$/, '.int8.onnx');
}
