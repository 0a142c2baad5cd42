import type { AgreementMetrics } from '@vqforge/artifact';
import { clipChart, densityChart, sourceChart, valueDomain } from './agreement-charts.ts';
import { markup, type Part } from './markup.ts';
import { count, metric, points } from './numbers.ts';
import { tableMarkup, type Section } from './page.ts';
import { MOST_CHARTS, type RegressorRun } from './regressor-run.ts';
import { levelChart } from './residual-charts.ts';
import { clipMeans, type Clip, type Group } from './residuals.ts';

/** Clips listed by their error. */
const WORST_CLIPS = 10;

/** What the predictions show: all rows, each source, and the clips that are worst. */
export function heldOutSections({ folds, groups: bySource, clips }: RegressorRun): Section[] {
  if (bySource.size === 0) return [missingSection()];
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
    ...(clips.length > 1 ? [clipSection(clips)] : []),
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
