import { parseRegistry, type RegistryEntry, TEACHER_DIGESTS } from '@vqforge/artifact';
import { sha256 } from '@vqforge/base';
import { FeaturesError, SvrTeacher } from '@vqforge/features';
import { wasmEngine } from '@vqforge/ort';
import { MAX_ONNX_BYTES, RegistryError, registryBytes, verifyModel } from '@vqforge/registry';
import { FrRegressor, Lpips, openVerified } from '@vqforge/runtime';
import type { TeacherRequest } from '@vqforge/score/pure';
import { type ClipFile, readBytes, sizeOf } from '../clips/clip-file.ts';
import { pageRegistry } from './registry-file.ts';

const REGRESSOR = 'fr_regressor_v1';
/** libvmaf's model files have up to 3 MB. */
const MAX_TEACHER_BYTES = 16 * 2 ** 20;

/** Where the page lies, and how many threads a model may have. */
interface ModelPlace {
  readonly base: string;
  readonly modelThreads: number;
}

/**
 * The regressor that comes with the page, from bytes that are what the registry pins; nothing becomes a session before that.
 *
 * @throws RegistryError of files that are not what is pinned; RuntimeError
 */
export async function openRegressor(place: ModelPlace): Promise<FrRegressor> {
  const verified = await verifyModel(pageRegistry(place.base), REGRESSOR);
  return FrRegressor.of(await openVerified(verified, engineOf(place)));
}

/**
 * An LPIPS model that was given to the page: one that the registry pins, known by its digest.
 *
 * @throws RegistryError UNTRUSTED_MODEL for any other file; RuntimeError
 */
export async function openGivenLpips(file: ClipFile, place: ModelPlace): Promise<Lpips> {
  const bytes = await wholeFile(file, MAX_ONNX_BYTES);
  const digest = sha256(bytes);
  const { models } = parseRegistry(await registryBytes(pageRegistry(place.base)));
  const entry = models.find((candidate) => candidate.sha256 === digest && candidate.shipped === false);
  if (entry === undefined) throw notPinned(file, digest, models);
  const given = new Map([[entry.onnx, bytes]]);
  const verified = await verifyModel(pageRegistry(place.base, given), entry.id);
  return Lpips.of(await openVerified(verified, engineOf(place)));
}

/**
 * A model file of libvmaf, whose score is added under libvmaf's own name for it.
 *
 * @throws FeaturesError INVALID_MODEL | UNSUPPORTED_MODEL
 */
export async function openTeacher(file: ClipFile): Promise<TeacherRequest> {
  const bytes = await wholeFile(file, MAX_TEACHER_BYTES);
  const digest = sha256(bytes);
  const known = Object.keys(TEACHER_DIGESTS).find((id) => TEACHER_DIGESTS[id] === digest);
  return {
    teacher: SvrTeacher.read(bytes, file.name),
    name: 'vmaf',
    model: known ?? file.name,
    sha256: digest,
  };
}

function engineOf({ base, modelThreads }: ModelPlace): ReturnType<typeof wasmEngine> {
  const at = (name: string): string => new URL(`ort/${name}`, base).href;
  return wasmEngine({
    threads: modelThreads,
    files: { mjs: at('ort-wasm-simd-threaded.mjs'), wasm: at('ort-wasm-simd-threaded.wasm') },
  });
}

/** @throws FeaturesError INVALID_MODEL of a file that is too large for what it is to be */
async function wholeFile(file: ClipFile, most: number): Promise<Uint8Array> {
  if (sizeOf(file) <= most) return readBytes(file, 0, sizeOf(file));
  throw new FeaturesError(
    'INVALID_MODEL',
    `${file.name} has ${sizeOf(file)} bytes, a model has at most ${most}; give the model file`,
  );
}

function notPinned(file: ClipFile, digest: string, models: readonly RegistryEntry[]): RegistryError {
  const wanted = models
    .filter(({ shipped }) => shipped === false)
    .map(({ id, onnx, sha256: pinned }) => `${onnx} (sha256 ${pinned.slice(0, 12)}…, ${id})`);
  return new RegistryError(
    'UNTRUSTED_MODEL',
    `${file.name} has sha256 ${digest.slice(0, 12)}…, which the registry does not pin, expected ${wanted.join(' or ')}; make it with vqforge regenerate`,
  );
}
