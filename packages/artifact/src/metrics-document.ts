import * as v from 'valibot';
import {
  MAX_METRICS_BYTES,
  readerOf,
  writerOf,
  type DocumentKind,
  type Reader,
  type Writer,
} from './document.ts';
import type { EngineName } from '@vqforge/base';
import { type RunProvenance, runProvenance } from './run-provenance.ts';
import { invariant, list, record, type Schema, strictObject } from './schema.ts';
import {
  augmentation,
  type Augmentation,
  count,
  digest,
  engineName,
  finite,
  name,
  type Parity,
  type RecipeChoice,
  recipeChoice,
  share,
  wasmParity,
} from './fields.ts';

/** Agreement of predictions, as the exported graph answers, with the teacher; an undefined measure is null and `undefined_because` says why. */
export interface AgreementMetrics {
  readonly plcc: number | null;
  readonly srocc: number | null;
  readonly krocc: number | null;
  /** VMAF points. */
  readonly rmse: number | null;
  /** VMAF points: of the network before its graph clips, against the teacher before it clips, where both are known. */
  readonly unclipped_rmse?: number | null;
  readonly n: number;
  /** Share of rows whose target equals another row's. */
  readonly tied_target_fraction: number;
  /** Share of rows whose target is 0 or 100. */
  readonly saturated_fraction: number;
  /** Reason by measure, for the null ones. */
  readonly undefined_because?: Readonly<Record<string, string>>;
}

/** Mean and sample standard deviation (ddof 1) over folds; null when a fold's measure is undefined. */
export interface LosoSummary {
  readonly mean_plcc: number | null;
  readonly std_plcc: number | null;
  readonly mean_srocc: number | null;
  readonly std_srocc: number | null;
  readonly mean_krocc: number | null;
  readonly std_krocc: number | null;
  readonly mean_rmse: number | null;
  readonly std_rmse: number | null;
  readonly n_folds: number;
}

/** `runs/<id>/metrics.json`: the deterministic evidence of one run . */
export interface MetricsDocument {
  readonly feature_subset: string;
  readonly feature_cols: readonly string[];
  readonly loso: {
    /** Metrics of each fold, by its held-out source. */
    readonly per_fold: Readonly<Record<string, AgreementMetrics>>;
    readonly summary: LosoSummary;
  };
  /** Null when the gate refused before the final fit. */
  readonly in_sample: AgreementMetrics | null;
  readonly ship_threshold: number;
  /** True only after the publish committed. */
  readonly shipped: boolean;
  readonly epochs: number;
  readonly batch_size: number;
  readonly lr: number;
  readonly weight_decay: number;
  readonly seed: number;
  readonly recipe: RecipeChoice;
  /** Probes among the training rows of every fold; absent where there were none. */
  readonly augmentation?: Augmentation;
  readonly engine: EngineName;
  /** False for the native engine, whose bits differ between CPU types. */
  readonly reproducible: boolean;
  readonly expected_folds: readonly string[];
  readonly gate: { readonly passed: boolean; readonly reasons: readonly string[] };
  readonly dataset: {
    readonly id: string;
    readonly content_digest: string;
    readonly n_rows: number;
    readonly n_sources: number;
    readonly n_pairs: number;
    /** Rows removed by `--drop-invalid`. */
    readonly dropped_rows: number;
  };
  readonly warnings: readonly string[];
  /** Null when nothing was exported. */
  readonly parity: Parity | null;
  /** Digests of what was published; null when nothing was. */
  readonly artifacts: {
    readonly onnx: string;
    readonly sidecar: string;
    /** Every held-out prediction, beside the metrics; absent in documents of earlier versions. */
    readonly predictions?: string;
    /** Only in documents of earlier versions: it was true until the next publish of any model, and nothing reads it. */
    readonly registry?: string;
  } | null;
  readonly run_provenance: RunProvenance;
}

const measure: Schema<number | null> = v.nullable(finite);

const agreement: Schema<AgreementMetrics> = v.pipe(
  strictObject({
    plcc: measure,
    srocc: measure,
    krocc: measure,
    rmse: measure,
    unclipped_rmse: v.exactOptional(measure),
    n: count,
    tied_target_fraction: share,
    saturated_fraction: share,
    undefined_because: v.exactOptional(record(v.string())),
  }),
  invariant(function* (value) {
    for (const key of ['plcc', 'srocc', 'krocc', 'rmse'] as const) {
      const isExplained = value.undefined_because?.[key] !== undefined;
      if ((value[key] === null) !== isExplained)
        yield [[key], 'expected a reason in undefined_because exactly when null'];
    }
  }),
);

const KIND: DocumentKind<MetricsDocument> = {
  name: 'metrics document',
  limits: { maxBytes: MAX_METRICS_BYTES },
  schema: strictObject({
    feature_subset: name,
    feature_cols: list(name, 1),
    loso: strictObject({
      per_fold: record(agreement),
      summary: strictObject({
        mean_plcc: measure,
        std_plcc: measure,
        mean_srocc: measure,
        std_srocc: measure,
        mean_krocc: measure,
        std_krocc: measure,
        mean_rmse: measure,
        std_rmse: measure,
        n_folds: count,
      }),
    }),
    in_sample: v.nullable(agreement),
    ship_threshold: finite,
    shipped: v.boolean(),
    epochs: count,
    batch_size: count,
    lr: finite,
    weight_decay: finite,
    seed: count,
    recipe: recipeChoice,
    augmentation: v.exactOptional(augmentation),
    engine: engineName,
    reproducible: v.boolean(),
    expected_folds: v.array(name),
    gate: strictObject({ passed: v.boolean(), reasons: v.array(v.string()) }),
    dataset: strictObject({
      id: name,
      content_digest: digest,
      n_rows: count,
      n_sources: count,
      n_pairs: count,
      dropped_rows: count,
    }),
    warnings: v.array(v.string()),
    parity: v.nullable(wasmParity),
    artifacts: v.nullable(
      strictObject({
        onnx: digest,
        sidecar: digest,
        predictions: v.exactOptional(digest),
        registry: v.exactOptional(digest),
      }),
    ),
    run_provenance: runProvenance,
  }),
};

/**
 * A regressor's metrics, read from JSON and checked, the invariants between fields included.
 *
 * @throws ArtifactError NOT_JSON | TOO_LARGE | INVALID_DOCUMENT naming every bad field
 */
export const parseMetrics: Reader<MetricsDocument> = readerOf(KIND);

/**
 * A regressor's metrics as canonical JSON, checked before they are written.
 *
 * @throws ArtifactError INVALID_DOCUMENT naming every bad field
 */
export const formatMetrics: Writer<MetricsDocument> = writerOf(KIND);
