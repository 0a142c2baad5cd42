import { dirname, join } from 'node:path';
import { CodedError } from '@vqforge/base';
import { isOfFamily, parseSidecar, type Sidecar, MAX_SIDECAR_BYTES } from '@vqforge/artifact';
import { PINNED_LPIPS, type LpipsNet, type LpipsVersion, type PinnedLpips } from '@vqforge/export';
import { readRegistry } from '@vqforge/registry/node';
import { readIfPresent } from '@vqforge/artifact/node';
import { BappsError } from './errors.ts';

interface LpipsKind {
  readonly baseline: boolean;
  readonly net: LpipsNet;
  readonly version: LpipsVersion;
}

/**
 * The id of the registry's model with a net, a version, and heads or none: the pinned one where there is one, else the
 * only one. Models with distance maps do not count.
 *
 * @throws BappsError MISSING_WEIGHTS when there is none, BAD_NAME when there are several; RegistryError
 */
export async function findLpips(registry: string, kind: LpipsKind): Promise<string> {
  const { net, version, baseline } = kind;
  const { models } = (await readRegistry(registry)).registry;
  const pinned = PINNED_LPIPS.find((model) => !model.maps && model.net === net && model.version === version);
  if (!baseline && models.some(({ id }) => id === pinned?.id)) return (pinned as PinnedLpips).id;
  const folder = registry.endsWith('.json') ? dirname(registry) : registry;
  const ids: string[] = [];
  for (const { id, onnx } of models) {
    const sidecar = await sidecarOf(join(folder, onnx.replace(/\.onnx$/, '.json')));
    if (sidecar !== undefined && isOfKind(sidecar, kind)) ids.push(id);
  }
  const [only, ...others] = ids;
  if (only !== undefined && others.length === 0) return only;
  const wanted = `LPIPS ${version} of ${net}${baseline ? ' without heads' : ''}`;
  if (only !== undefined)
    throw new BappsError(
      'BAD_NAME',
      `${wanted} is what ${ids.join(' and ')} are; choose one with --model-path`,
    );
  throw new BappsError(
    'MISSING_WEIGHTS',
    `${folder} has no model of ${wanted}; make one: vqforge weights pull ${net} --heads-version ${version}, then vqforge export lpips --net ${net} --version ${version}${baseline ? ' --baseline' : ''} --id <id>`,
  );
}

function isOfKind(sidecar: Sidecar, { baseline, net, version }: LpipsKind): boolean {
  return (
    isOfFamily('lpips', sidecar) &&
    sidecar.network === net &&
    sidecar.lpips_version === version &&
    'heads' in sidecar.weights === !baseline &&
    !sidecar.output_names.includes('per_layer')
  );
}

/** Undefined where there is none, or one of another tool. */
async function sidecarOf(path: string): Promise<Sidecar | undefined> {
  const bytes = await readIfPresent(path, MAX_SIDECAR_BYTES);
  if (bytes === undefined) return undefined;
  try {
    return parseSidecar(bytes);
  } catch (error) {
    if (error instanceof CodedError) return undefined;
    throw error;
  }
}
