import { basename, join, resolve } from 'node:path';
import { canonicalJson, parseJson } from '@vqforge/base';
import { readIfPresent, writeDocuments } from '@vqforge/artifact/node';
import { BappsError } from './errors.ts';
import { BappsDataset } from './dataset.ts';
import type { SetDigest } from './digests.ts';
import { LAYOUTS, type BappsMode } from './layout.ts';
import { findSets, type Damage } from './set-files.ts';

const SCHEMA = 'vqforge/bapps-manifest-v1';

/** The same in manifests of before 0.3.0. */
const FORMER_SCHEMA = 'vqforge-bapps-v1';

/** The sets of a BAPPS folder, by digests. */
export interface BappsManifest {
  readonly schema: typeof SCHEMA | typeof FORMER_SCHEMA;
  /** Where it comes from. */
  readonly origin: string;
  /** Whose judgements these are: those of people, or of a rule that stands for them. */
  readonly judged_by?: Judges;
  readonly sets: readonly ManifestSet[];
}

export type Judges = 'people' | 'rule';

export interface ManifestSet extends SetDigest {
  readonly mode: BappsMode;
}

const NAME = 'bapps.json';
/** A line per set. */
const MAX_MANIFEST_BYTES = 1_048_576;

/** Reads every file of the folder and writes `bapps.json` into it. @throws BappsError UNREADABLE, UNWRITABLE */
export async function writeManifest(
  folder: string,
  origin: string,
  judgedBy: Judges,
): Promise<BappsManifest> {
  const sets: ManifestSet[] = [];
  for await (const { mode, dataset } of datasetsOf(folder))
    sets.push(...(await dataset.digests()).map((set) => ({ mode, ...set })));
  const manifest: BappsManifest = { schema: SCHEMA, origin, judged_by: judgedBy, sets };
  await writeDocuments([{ path: join(folder, NAME), text: canonicalJson(manifest) }]);
  return manifest;
}

/**
 * Writes the manifest of a folder of judgements anew, with whose they are; where it comes from stays as it was.
 *
 * @param origin default: what an earlier manifest says, else the name of the folder
 * @throws BappsError STALE_MANIFEST, UNREADABLE, UNWRITABLE
 */
export async function describeJudgements(
  folder: string,
  judgedBy: Judges,
  origin?: string,
): Promise<BappsManifest> {
  const known = await readManifest(folder);
  return writeManifest(folder, origin ?? known?.origin ?? basename(resolve(folder)), judgedBy);
}

/** The result of a check of a folder. */
export interface BappsReport {
  readonly origin: string | null;
  readonly sets: readonly (ManifestSet & {
    /** Against the manifest; `unlisted` where it has no such set, or there is none. */
    readonly outcome: 'same' | 'different' | 'unlisted';
  })[];
  /** Sets of the manifest that are not there. */
  readonly absent: readonly string[];
  readonly damaged: readonly (Damage & { readonly mode: BappsMode })[];
}

/**
 * Decodes every picture and judgement of a folder and compares its digests with its manifest.
 *
 * @throws BappsError NOT_BAPPS when there is no set at all; EMPTY_SET, UNREADABLE, STALE_MANIFEST, INTERRUPTED
 */
export async function verifyBapps(folder: string, signal?: AbortSignal): Promise<BappsReport> {
  const manifest = await readManifest(folder);
  const listed = new Map(manifest?.sets.map((set) => [`${set.mode}/${set.set}`, set.sha256]));
  const sets: BappsReport['sets'][number][] = [];
  const damaged: BappsReport['damaged'][number][] = [];
  for await (const { mode, dataset } of datasetsOf(folder)) {
    for await (const _ of dataset.items()) {
      if (signal?.aborted === true) throw new BappsError('INTERRUPTED', 'bapps verify was interrupted');
    }
    damaged.push(...dataset.damaged.map((damage) => ({ mode, ...damage })));
    for (const set of await dataset.digests()) {
      const pinned = listed.get(`${mode}/${set.set}`);
      listed.delete(`${mode}/${set.set}`);
      const outcome = pinned === undefined ? 'unlisted' : pinned === set.sha256 ? 'same' : 'different';
      sets.push({ mode, ...set, outcome });
    }
  }
  if (sets.length === 0)
    throw new BappsError(
      'NOT_BAPPS',
      `${folder} has no sets: no 2afc/<split>/<set> and no jnd/<split>/<set>`,
    );
  return { origin: manifest?.origin ?? null, sets, absent: [...listed.keys()], damaged };
}

async function* datasetsOf(
  folder: string,
): AsyncGenerator<{ mode: BappsMode; dataset: BappsDataset }, void, undefined> {
  for (const mode of Object.keys(LAYOUTS) as BappsMode[]) {
    const sets = await findSets(folder, mode);
    if (sets.length > 0)
      yield { mode, dataset: await BappsDataset.open(folder, mode, { sets, skipDamaged: true }) };
  }
}

/** Reads from the manifest of a dataset whether people or a rule judged it; null where it does not say. @throws BappsError STALE_MANIFEST, UNREADABLE */
export async function judgesOf(folder: string): Promise<Judges | null> {
  const manifest = await readManifest(folder);
  // what was drawn before manifests said so
  return manifest?.judged_by ?? (manifest?.origin.startsWith(MINI_ORIGIN) === true ? 'rule' : null);
}

/** How the origin of a drawn dataset begins. */
export const MINI_ORIGIN = 'vqforge bapps mini';

/** The manifest of a folder, undefined where there is none. @throws BappsError STALE_MANIFEST, UNREADABLE */
export async function readManifest(folder: string): Promise<BappsManifest | undefined> {
  const path = join(folder, NAME);
  const bytes = await readIfPresent(path, MAX_MANIFEST_BYTES);
  if (bytes === undefined) return undefined;
  const found = parseJson(bytes) as Partial<BappsManifest> | null;
  const isManifest =
    (found?.schema === SCHEMA || found?.schema === FORMER_SCHEMA) &&
    typeof found.origin === 'string' &&
    [undefined, 'people', 'rule'].includes(found.judged_by) &&
    Array.isArray(found.sets) &&
    found.sets.every((set) => typeof set?.sha256 === 'string');
  if (!isManifest)
    throw new BappsError('STALE_MANIFEST', `${path} is not a manifest of BAPPS; remove it, or restore it`);
  return found as BappsManifest;
}
