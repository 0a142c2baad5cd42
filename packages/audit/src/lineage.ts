import { type DatasetManifest, isOfFamily, type Sidecar, type WeightSource } from '@vqforge/artifact';
import { dependenciesOf, sidecarName } from '@vqforge/registry';
import { upstreamUrl } from '@vqforge/weights';
import type { Evidence } from './evidence.ts';
import type { AuditedModel } from './registry-audit.ts';

/** Where something came from: itself, and what it was made from. */
export interface Lineage {
  readonly what: string;
  /** SHA-256 of a file. */
  readonly sha256?: string;
  /** Digest of a table's rows or of a network's tensors, whatever file they come in. */
  readonly content?: string;
  /** Where upstream publishes it. */
  readonly url?: string;
  /** Relative to the audited root; absent for what is not here. */
  readonly file?: string;
  readonly from: readonly Lineage[];
}

/** The ancestry of one pinned model as its documents tell it; findings say what of it is wrong. */
export function lineageOf(
  { entry, folder, sidecar, digests }: AuditedModel,
  dataset: { readonly path: string; readonly manifest: DatasetManifest } | undefined,
  evidence: Evidence | undefined,
): Lineage {
  const file = (name: string): { file?: string } => ({ file: `${folder}/${name}` });
  const model = {
    what: `model ${entry.id}`,
    sha256: entry.sha256,
    ...(digests.onnx === null ? {} : file(entry.onnx)),
  };
  if (sidecar === null)
    return { ...model, from: [leaf('no sidecar of vqforge: nothing is known of its origin')] };
  const { entrypoint } = sidecar.run_provenance;
  const made =
    'command' in entrypoint
      ? `${entrypoint.command} (${entrypoint.package} ${entrypoint.version})`
      : entrypoint.path;
  const dependencies = dependenciesOf(sidecar)
    .filter(({ name }) => name !== 'table' && name !== 'probes')
    .map((dependency) => dependencyNode(dependency, sidecar));
  const sidecarNode: Lineage = {
    what: `sidecar, licence ${sidecar.license}`,
    ...(digests.sidecar === null ? {} : { sha256: digests.sidecar, ...file(sidecarName(entry.onnx)) }),
    from: [],
  };
  const common = [sidecarNode, leaf(`made by ${made}`), ...dependencies];
  if (!isOfFamily('fr-regressor', sidecar)) {
    return { ...model, from: [...common, leaf(`LPIPS ${sidecar.lpips_version}, ${sidecar.network} trunk`)] };
  }
  const { training, teacher } = sidecar;
  const { recipe, engine, seed } = training;
  const overrides = Object.entries(recipe.overrides).map(
    ([key, value]) => `, ${key} ${JSON.stringify(value)}`,
  );
  const table: Lineage = {
    what: `table ${training.dataset}, ${training.n_rows} rows of ${training.n_sources} sources`,
    content: training.dataset_digest,
    ...(dataset === undefined ? {} : { file: dataset.path }),
    from: dataset === undefined ? [leaf('not here')] : tableLineage(dataset),
  };
  const { augmentation } = training;
  const probes =
    augmentation === undefined
      ? []
      : [
          {
            what: `teacher probes ${augmentation.dataset}, ${augmentation.n_rows} rows in every training set`,
            content: augmentation.dataset_digest,
            from: [],
          },
        ];
  const run: Lineage =
    evidence === undefined
      ? leaf('no evidence of the run')
      : {
          what: `evidence: mean PLCC ${evidence.metrics.loso.summary.mean_plcc ?? 'undefined'} over ${evidence.metrics.loso.summary.n_folds} held-out sources`,
          file: evidence.path,
          from: [],
        };
  return {
    ...model,
    from: [
      ...common,
      leaf(`recipe ${recipe.name}${overrides.join('')}, seed ${seed}, engine ${engine}`),
      leaf(`teacher ${teacher.model ?? 'unnamed'} (column ${teacher.column})`),
      table,
      ...probes,
      run,
    ],
  };
}

function tableLineage({
  path,
  manifest,
}: {
  readonly path: string;
  readonly manifest: DatasetManifest;
}): Lineage[] {
  const folder = path.slice(0, path.lastIndexOf('/'));
  return [
    ...manifest.files.map(({ path: name, sha256 }): Lineage => ({
      what: 'file',
      sha256,
      file: `${folder}/${name}`,
      from: [],
    })),
    ...manifest.sources.map(({ name, pairs, rows, license, attribution }) =>
      leaf(`${name}, ${rows} rows of ${pairs} pairs, ${license}, ${attribution}`),
    ),
    ...Object.entries(manifest.tool_versions).map(([tool, version]) =>
      leaf(`measured with ${tool} ${version}`),
    ),
  ];
}

/** Weights by the digest of their tensors, with their authors, terms and place; a file by its own digest. */
function dependencyNode(
  { name = '', digest }: ReturnType<typeof dependenciesOf>[number],
  sidecar: Sidecar,
): Lineage {
  const content = digest['vqforgeTensorContent'];
  if (content === undefined) return leaf(name, digest['sha256']);
  const sources: [string, WeightSource][] = isOfFamily('lpips', sidecar)
    ? Object.entries(sidecar.weight_sources)
    : [];
  const source = new Map(sources).get(name);
  const url = upstreamUrl(content);
  const terms = source === undefined ? '' : `, ${source.name}, licence ${source.license}`;
  return {
    what: `${name}${terms}, by tensor content`,
    content,
    ...(url === undefined ? {} : { url }),
    from: [],
  };
}

function leaf(what: string, sha256?: string): Lineage {
  return { what, ...(sha256 === undefined ? {} : { sha256 }), from: [] };
}
