import type { AgreementMetrics } from '@vqforge/artifact';
import type { HeldOut } from '@vqforge/table';
import { clipChart, densityChart, sourceChart, valueDomain } from './agreement-charts.ts';
import { markup, type Part } from './markup.ts';
import { count, metric, points } from './numbers.ts';
import { tableMarkup, type Section } from './page.ts';
import { type FeatureColumns, MOST_CHARTS, type RegressorRun } from './regressor-run.ts';
import { featureChart, levelChart } from './residual-charts.ts';
import { clipMeans, type Clip, type Group } from './residuals.ts';

/** Clips listed by their error. */
const WORST_CLIPS = 10;
/** Frames listed by theirs. */
const WORST_FRAMES = 20;

/** The sections of a report about held-out predictions: all rows, each source, each feature, and the clips and frames that are worst. */
export function heldOutSections({ folds, groups: bySource, clips, rows, features }: RegressorRun): Section[] {
  if (rows === undefined) return [missingSection()];
  const groups = [...bySource.values()];
  const domain = valueDomain(groups, ['teacher', 'prediction']);
  const shown = folds.slice(0, MOST_CHARTS);
  const charts = shown.map(([name, fold]) => {
    const group = bySource.get(name) as Group;
    return sourceChart(group, domain, foldFacts(fold, group));
  });
  return [
    {
      title: 'Held-out predictions',
      body: [
        markup`<div class="charts">${densityChart(groups, domain)}${levelChart(groups, valueDomain(groups, ['teacher']))}${clips.length > 1 ? clipChart(clipMeans(clips)) : ''}</div>`,
      ],
    },
    {
      title: 'Each source, by the model that did not see it',
      body: [
        markup`<p class="note">Left: prediction against teacher, one range for all. Right: the residual, on a range of its own. ${shown.length < folds.length ? `The ${shown.length} sources with the largest RMSE of ${count(folds.length)}. ` : ''}Up to 400 frames each, those with the largest errors among them.</p>`,
        markup`<div class="charts">${charts}</div>`,
      ],
    },
    ...(features.size > 0 ? [featureSection(rows, features)] : []),
    ...(clips.length > 1 ? [clipSection(clips)] : []),
    frameSection(rows, features),
  ];
}

function foldFacts({ plcc, rmse, n }: AgreementMetrics, { residuals }: Group): Part {
  return `PLCC ${metric(plcc)}, RMSE ${points(rmse)}, bias ${points(residuals.bias)}, ${count(n)} rows`;
}

function missingSection(): Section {
  return {
    title: 'Held-out predictions',
    body: [
      markup`<p>This run has no <code>predictions.parquet</code>, so there are no scatter plots and no residuals here: a run that the gate refused keeps its metrics alone, and so does one with <code>--no-export</code> unless it has <code>--keep-predictions</code>.</p>`,
    ],
  };
}

function featureSection(rows: HeldOut, features: FeatureColumns): Section {
  return {
    title: 'Residual against each feature',
    body: [
      markup`<div class="charts">${[...features].map(([name, values]) => featureChart(name, values, rows))}</div>`,
    ],
  };
}

/** Where the model is furthest from its teacher, with what it was given. */
function frameSection(
  { source, clip, frame, teacher, prediction }: HeldOut,
  features: FeatureColumns,
): Section {
  const error = (row: number): number => (prediction[row] as number) - (teacher[row] as number);
  const worst = Array.from(teacher.keys())
    .sort((a, b) => Math.abs(error(b)) - Math.abs(error(a)) || a - b)
    .slice(0, WORST_FRAMES);
  const nameOf = ({ names, codes }: HeldOut['source'], row: number): string =>
    names[codes[row] as number] as string;
  return {
    title: 'Frames with the largest error',
    body: [
      tableMarkup({
        caption: `${worst.length} of ${count(teacher.length)} rows`,
        head: [
          'source',
          ...(clip === undefined ? [] : ['clip']),
          ...(frame === undefined ? [] : ['frame']),
          'teacher',
          'prediction',
          'error',
          ...features.keys(),
        ],
        rows: worst.map((row) => [
          nameOf(source, row),
          ...(clip === undefined ? [] : [nameOf(clip, row)]),
          ...(frame === undefined ? [] : [count(frame[row] as number)]),
          points(teacher[row] as number, 2),
          points(prediction[row] as number, 2),
          points(error(row)),
          ...Array.from(features.values(), (values) => points(values[row] as number, 4)),
        ]),
      }),
    ],
  };
}

function clipSection(clips: readonly Clip[]): Section {
  const error = ({ prediction, teacher }: Clip): number => prediction - teacher;
  const worst = clips.toSorted((a, b) => Math.abs(error(b)) - Math.abs(error(a))).slice(0, WORST_CLIPS);
  return {
    title: 'Clips with the largest error of the mean',
    body: [
      tableMarkup({
        caption: `${worst.length} of ${count(clips.length)} distorted clips; means over frames`,
        head: ['clip', 'source', 'frames', 'teacher', 'prediction', 'error', 'RMSE of frames'],
        rows: worst.map((clip) => [
          clip.name,
          clip.source,
          count(clip.rows),
          points(clip.teacher, 2),
          points(clip.prediction, 2),
          points(error(clip)),
          points(clip.rmse),
        ]),
      }),
    ],
  };
}
