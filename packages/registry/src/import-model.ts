import { parseStatement } from '@vqforge/artifact';
import { compactJson, defined, orUndefined, undefinedIfCoded } from '@vqforge/base';
import { tensorPlacement } from '@vqforge/onnx';
import { parseBundle } from './attestation/bundle.ts';
import { attestedEntry } from './attestation/model-statement.ts';
import type { SignatureCheck } from './load.ts';
import { RegistryError } from './errors.ts';
import { type ImportedFiles, importedPublication } from './imported-sidecar.ts';
import { MAX_JSON_BYTES, MAX_ONNX_BYTES, sidecarName } from './pinned-name.ts';
import { checkPublication, type Publication, updateRegistry } from './publication.ts';
import { publish, type PublishResult } from './publish.ts';
import { findEntry, parsedRegistry, registryBytes, registryIfPresent } from './registry-entry.ts';
import { locateRegistry, readConsistently, type View } from './snapshot-files.ts';
import { verifyView } from './verify.ts';

/** Options of `importModel`. */
export interface ImportOptions {
  /** Folder or file of the registry to take the entry from: version 0, 1 or 2. */
  readonly from: string;
  readonly id: string;
  /** Folder or file of the registry that shall pin it. */
  readonly registry: string;
  /** Bring weights from other files inside, which gives the model a new digest. Default: such models are refused. */
  readonly inlineExternalData?: boolean;
  /** Leave to replace a model of the id that is no rebuild of the same things. Default: no. */
  readonly replace?: boolean;
  /** Folder with the evidence of the registry's models, which is kept with what is replaced. */
  readonly runs?: string;
  /** A JSON object with the sidecar's fields that the source does not state. */
  readonly facts?: Uint8Array;
  /** Checks the source's signature. */
  readonly signature?: SignatureCheck;
  /** Version of vqforge, for the provenance of what had to be written anew. */
  readonly version: string;
}

export interface ImportResult extends PublishResult {
  /** Digest of the ONNX file that the source pins; another one than the result's when data were brought inside. */
  readonly sourceDigest: string;
  /** A signature does not survive when the files or the entry are no longer those that were signed. */
  readonly signature: 'none' | 'kept' | 'dropped';
}

/** A model of the other registry as it was verified, with its signature. */
interface Source extends ImportedFiles {
  readonly bundle: Buffer | null;
}

/**
 * Takes one model over from another registry: verified there, then published here.
 *
 * Files with a sidecar of ours are copied byte for byte. A sidecar in another spelling is converted as far as it states
 * facts; what it does not state must come from `facts`, as nothing is invented. What the graph itself says (names,
 * opset, digest) always comes from the graph, and the new provenance names the digests of everything that was taken.
 *
 * @throws RegistryError REFUSED_IMPORT when the source does not verify; BAD_SIDECAR naming the fields that neither the sidecar nor the caller states;
 * UNKNOWN_ID | MISSING_REGISTRY | BAD_REGISTRY of the source; and those of `publish`
 */
export async function importModel(options: ImportOptions): Promise<ImportResult> {
  const source = await readConsistently(await locateRegistry(options.from), (view) =>
    readImportSource(view, options),
  );
  const publication = importedPublication(source, options);
  const { description, shipped } = source.entry;
  const described = { ...publication, ...defined({ description, shipped }) };
  const bundle = source.bundle && (await survivingBundle(source.bundle, described, options.registry));
  const result = await publish({
    registry: options.registry,
    ...described,
    ...(bundle ? { bundle } : {}),
    replace: options.replace === true,
    ...defined({ runs: options.runs }),
  });
  const signature = bundle ? 'kept' : source.bundle === null ? 'none' : 'dropped';
  return { ...result, sourceDigest: source.entry.sha256, signature };
}

/** One entry of another registry with its files, verified there. @throws RegistryError REFUSED_IMPORT */
export async function readImportSource(
  view: View,
  {
    id,
    inlineExternalData: inline = false,
    signature,
  }: Pick<ImportOptions, 'id' | 'inlineExternalData' | 'signature'>,
): Promise<Source> {
  const entry = findEntry(parsedRegistry(view, await registryBytes(view)), id);
  const checked = await verifyView(view, { registry: view.folder, ids: [id], ...defined({ signature }) });
  const refused = checked.findings.filter(
    ({ severity, code }) => severity === 'error' && !(inline && code === 'EXTERNAL_DATA'),
  );
  const onnx = await view.read(entry.onnx, MAX_ONNX_BYTES);
  if (refused.length > 0 || onnx === null) {
    const reasons = refused.map(({ code, file, got }) => `${code} ${file}: ${got}`);
    const isExternal = refused.some(({ code }) => code === 'EXTERNAL_DATA');
    throw new RegistryError(
      'REFUSED_IMPORT',
      `entry ${id} is not taken over: ${reasons.join('; ') || 'its files are not there'}${isExternal ? '; --inline-external-data brings the weights inside' : ''}`,
    );
  }
  const folder = entry.onnx.slice(0, entry.onnx.lastIndexOf('/') + 1);
  const locations = inline ? tensorPlacement(onnx).external.map(({ location }) => location) : [];
  const externalData = new Map<string, Buffer>();
  for (const location of new Set(locations)) {
    const data = await view.read(folder + location, MAX_ONNX_BYTES);
    if (data !== null) externalData.set(location, data);
  }
  return {
    entry,
    onnx,
    sidecar: await view.read(sidecarName(entry.onnx), MAX_JSON_BYTES),
    bundle:
      entry.sigstore_bundle === undefined ? null : await view.read(entry.sigstore_bundle, MAX_JSON_BYTES),
    externalData,
  };
}

/** The source's bundle if it signs the entry as it will be here. */
async function survivingBundle(
  bytes: Buffer,
  publication: Publication,
  registry: string,
): Promise<Buffer | null> {
  const location = await locateRegistry(registry);
  const current = await readConsistently(location, registryIfPresent);
  const checked = checkPublication({ ...publication, bundle: bytes }, location.file);
  const entry = findEntry(updateRegistry(current, checked).registry, checked.parsed.id);
  const payload = (await parseBundle(bytes).catch(undefinedIfCoded))?.content.dsseEnvelope.payload;
  const signed = payload && orUndefined(() => attestedEntry(parseStatement(payload)));
  return signed !== undefined && compactJson(signed) === compactJson(entry) ? bytes : null;
}
