import { scaleLinear } from 'd3-scale';
import {
  axesMarkup,
  CHART_WIDTH,
  chartMarkup,
  fittingText,
  linesOf,
  linearTicks,
  NO_TICKS,
  roundDomain,
  text,
} from './chart.ts';
import { MEASURES, type ComparedRun, type Comparison, type Difference, type Measure } from './comparison.ts';
import { markup, type Markup } from './markup.ts';
import { count, metric, place, points } from './numbers.ts';
import { pageText, tableMarkup } from './page.ts';

/** Measures by their names. */
export const MEASURE_NAMES: Readonly<Record<Measure, string>> = {
  plcc: 'PLCC',
  srocc: 'SROCC',
  krocc: 'KROCC',
  rmse: 'RMSE',
};

/** A measure as it is printed: correlations with five decimals, points with three. */
export function measureText(measure: Measure, value: number | null): string {
  return measure === 'rmse' ? points(value) : metric(value);
}

/** The page of a comparison. */
export function comparisonReport(comparison: Comparison): string {
  const { runs, sources, differences, bootstrap, warnings, left_out: leftOut } = comparison;
  const [first] = runs as [ComparedRun];
  const notes = [
    ...warnings,
    ...(leftOut.length === 0 ? [] : [`held out by some runs only, and left out: ${leftOut.join(', ')}`]),
  ];
  return pageText({
    title: runs.map(({ name }) => name).join(' · '),
    lead: `${count(runs.length)} runs over ${count(sources.length)} held-out sources; differences are from ${first.name}, with 95 % intervals over ${count(bootstrap.resamples)} resamples of the sources, seed ${bootstrap.seed}.`,
    tiles: runs.map(({ name, summary }) => ({
      label: name,
      value: points(summary.mean_rmse),
      detail: `mean RMSE; mean PLCC ${metric(summary.mean_plcc)}`,
    })),
    sections: [
      {
        title: 'Differences',
        body: [
          markup`<div class="charts">${MEASURES.map((measure) =>
            differenceChart(
              measure,
              differences.filter((difference) => difference.measure === measure),
            ),
          )}</div>`,
          notes.length === 0 ? '' : markup`<ul>${notes.map((note) => markup`<li>${note}</li>`)}</ul>`,
        ],
      },
      ...MEASURES.map((measure) => ({
        title: MEASURE_NAMES[measure],
        body: [foldsTable(comparison, measure)],
      })),
      { title: 'What was compared', body: [runsTable(runs)] },
    ],
  });
}

/** One line per run: its mean difference and the interval; zero is where the first run stands. */
function differenceChart(measure: Measure, differences: readonly Difference[]): Markup {
  const limits = differences.flatMap(({ mean, interval }) => [
    mean ?? 0,
    ...(interval === null ? [] : [interval.low, interval.high]),
  ]);
  const x = scaleLinear(roundDomain(Math.min(0, ...limits), Math.max(0, ...limits)), [112, CHART_WIDTH - 24]);
  const { y, top, bottom, middle } = linesOf(differences.length, 20);
  const name = MEASURE_NAMES[measure];
  return chartMarkup({
    title: `Difference in ${name}`,
    description: differences.map((of) => `${of.run}: ${measureText(measure, of.mean)}`).join('; '),
    height: bottom + 36,
    body: [
      axesMarkup(
        { x, y },
        { x: `${name}, ${measure === 'rmse' ? 'lower' : 'higher'} is better` },
        { x: linearTicks(x, 4), y: NO_TICKS },
      ),
      markup`<path class="limit" d="M${place(x(0))} ${top}V${bottom}"/>`,
      differences.map(({ run, mean, interval }, i) => {
        const at = middle(i);
        const line =
          interval === null
            ? ''
            : markup`<path class="guide" d="M${place(x(interval.low))} ${place(at)}H${place(x(interval.high))}"/>`;
        const dot =
          mean === null
            ? ''
            : markup`<circle class="fill" cx="${place(x(mean))}" cy="${place(at)}" r="3.2"/>`;
        return markup`${text(106, at + 3.5, 'end', fittingText(run, 104), true)}${line}${dot}`;
      }),
    ],
    note: 'Dot: mean over folds. Line: 95 % interval. Red: no difference.',
  });
}

function foldsTable({ runs, sources, folds }: Comparison, measure: Measure): Markup {
  return tableMarkup({
    caption: `${MEASURE_NAMES[measure]} of each held-out source`,
    head: ['held out', ...runs.map(({ name }) => name)],
    rows: sources.map((source, row) => [
      source,
      ...(folds[measure][row] ?? []).map((value) => measureText(measure, value)),
    ]),
    foot: [['mean', ...runs.map(({ summary }) => measureText(measure, summary[`mean_${measure}`]))]],
  });
}

function runsTable(runs: readonly ComparedRun[]): Markup {
  return tableMarkup({
    caption: 'Recipe, seed, engine, features and table of each run',
    head: ['run', 'recipe', 'seed', 'engine', 'features', 'table'],
    rows: runs.map(({ name, recipe, seed, engine, features, dataset }) => [
      name,
      [
        recipe.name,
        ...Object.entries(recipe.overrides).map(([key, value]) => `${key} ${JSON.stringify(value)}`),
      ].join(', '),
      String(seed),
      engine,
      features.join(', '),
      `${dataset.id} (${dataset.content_digest.slice(0, 12)})`,
    ]),
  });
}
