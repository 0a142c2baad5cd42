import { agreement } from '@vqforge/train';
import { scaleLinear } from 'd3-scale';
import {
  axesMarkup,
  CHART_WIDTH,
  chartMarkup,
  dotsMarkup,
  edges,
  linearTicks,
  roundDomain,
  type Panel,
  type Scale,
} from './chart.ts';
import { markup, type Markup, type Part } from './markup.ts';
import { count, metric, place, points } from './numbers.ts';
import type { Group, ScorePairs } from './residuals.ts';

/** Cells per side of the density: 5 units of the drawing each, which a phone still shows apart. */
const CELLS = 58;
/** Shades of the density, from one row per cell to the fullest cell, in equal steps of the logarithm. */
const SHADES = 5;
/** Dots per small chart: more make files larger, not pictures clearer. */
const MOST_DOTS = 400;
/** How many of the dots are the rows with the largest errors, so that no outlier is sampled away. */
const WORST_DOTS = 40;

/** A round range that holds the values of all groups. */
export function valueDomain(
  groups: readonly ScorePairs[],
  keys: readonly ('teacher' | 'prediction')[],
): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const group of groups)
    for (const key of keys)
      for (const value of group[key]) {
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
  return roundDomain(low, high);
}

/** Every held-out row: how many lie where. */
export function densityChart(groups: readonly Group[], domain: [number, number]): Markup {
  const panel = square(domain, 48, 22, 290);
  const { left, bottom } = edges(panel);
  const cell = 290 / CELLS;
  const cells = new Map<number, number>();
  const indexOf = (scale: Scale, value: number, from: number): number =>
    Math.min(CELLS - 1, Math.floor(Math.abs(scale(value) - from) / cell));
  let rows = 0;
  for (const { teacher, prediction } of groups)
    for (const [row, value] of teacher.entries()) {
      const column = indexOf(panel.x, value, left);
      const line = indexOf(panel.y, prediction[row] as number, bottom);
      const key = line * CELLS + column;
      cells.set(key, (cells.get(key) ?? 0) + 1);
      rows++;
    }
  const fullest = Math.max(...cells.values());
  const shades = Array.from({ length: SHADES }, (): string[] => []);
  for (const [key, n] of cells) {
    const step = fullest === 1 ? SHADES - 1 : Math.floor((Math.log(n) / Math.log(fullest)) * (SHADES - 1));
    const x = place(left + (key % CELLS) * cell);
    const y = place(bottom - (Math.floor(key / CELLS) + 1) * cell);
    (shades[step] as string[]).push(`M${x} ${y}h${cell}v${cell}h-${cell}z`);
  }
  return chartMarkup({
    title: 'All held-out rows',
    description: `density of prediction against teacher over ${count(rows)} rows; the table of sources has the numbers`,
    height: 350,
    body: [
      axesMarkup(panel, { x: 'teacher', y: 'prediction' }),
      markup`<path class="guide" d="${identity(panel)}"/>`,
      shades.map((path, step) => markup`<path class="step${step}" d="${path.join('')}"/>`),
    ],
    note: `${count(rows)} rows, each scored by the model that did not see its source. Darker: more rows per cell (logarithmic, up to ${count(fullest)}). Dashed: perfect agreement.`,
  });
}

/** One source: prediction against teacher on the range of all, and the residual on a range of its own. */
export function sourceChart(group: Group, domain: [number, number], facts: Part): Markup {
  const { teacher, prediction, residuals, name } = group;
  const scatter = square(domain, 34, 22, 128);
  const reach = roundDomain(0, Math.max(-residuals.min, residuals.max, 0.01))[1];
  const residual: Panel = {
    x: scaleLinear(domain, [214, CHART_WIDTH - 10]),
    y: scaleLinear([-reach, reach], [150, 22]),
  };
  const rows = sampledRows(group);
  const xs = (panel: Panel): number[] => rows.map((row) => panel.x(teacher[row] as number));
  const ys = rows.map((row) => prediction[row] as number);
  const errors = rows.map((row) => (prediction[row] as number) - (teacher[row] as number));
  const { left, right } = edges(residual);
  const ticks = (panel: Panel): { x: ReturnType<typeof linearTicks>; y: ReturnType<typeof linearTicks> } => ({
    x: linearTicks(panel.x, 4),
    y: linearTicks(panel.y, 4),
  });
  return chartMarkup({
    title: name,
    description: `prediction against teacher, and residual; ${count(teacher.length)} rows, residuals from ${points(residuals.min)} to ${points(residuals.max)}`,
    height: 182,
    body: [
      axesMarkup(scatter, { x: 'teacher', y: 'prediction' }, ticks(scatter)),
      markup`<path class="guide" d="${identity(scatter)}"/>`,
      dotsMarkup(
        xs(scatter),
        ys.map((value) => scatter.y(value)),
      ),
      axesMarkup(residual, { x: 'teacher', y: 'prediction − teacher' }, ticks(residual)),
      markup`<path class="guide" d="M${left} ${place(residual.y(0))}H${right}"/>`,
      dotsMarkup(
        xs(residual),
        errors.map((value) => residual.y(value)),
      ),
    ],
    note: facts,
  });
}

/** Clips: the mean prediction of their frames against the mean teacher. */
export function clipChart(means: ScorePairs): Markup {
  const { teacher, prediction } = means;
  const panel = square(valueDomain([means], ['teacher', 'prediction']), 48, 22, 290);
  const { plcc, srocc, rmse } = agreement(prediction, teacher);
  const clips = sampledRows(means);
  return chartMarkup({
    title: 'Clips: means over frames',
    description: `mean prediction against mean teacher of ${count(teacher.length)} clips`,
    height: 350,
    body: [
      axesMarkup(panel, { x: 'mean teacher', y: 'mean prediction' }),
      markup`<path class="guide" d="${identity(panel)}"/>`,
      dotsMarkup(
        clips.map((clip) => panel.x(teacher[clip] as number)),
        clips.map((clip) => panel.y(prediction[clip] as number)),
        'dots large',
      ),
    ],
    note: `${count(teacher.length)} distorted clips, scores pooled by their mean: PLCC ${metric(plcc)}, SROCC ${metric(srocc)}, RMSE ${points(rmse)}.${clips.length < teacher.length ? ` ${clips.length} of them are drawn.` : ''}`,
  });
}

/** The rows with the largest errors, and evenly spaced others, in table order. */
function sampledRows({ teacher, prediction }: ScorePairs): number[] {
  const rows = Array.from(teacher.keys());
  if (rows.length <= MOST_DOTS) return rows;
  const error = (row: number): number => Math.abs((prediction[row] as number) - (teacher[row] as number));
  const worst = rows.toSorted((a, b) => error(b) - error(a) || a - b).slice(0, WORST_DOTS);
  const even = MOST_DOTS - WORST_DOTS;
  const spaced = Array.from({ length: even }, (_, i) => Math.floor(((i + 0.5) * rows.length) / even));
  return [...new Set([...worst, ...spaced])].sort((a, b) => a - b);
}

function square(domain: [number, number], left: number, top: number, side: number): Panel {
  return {
    x: scaleLinear(domain, [left, left + side]),
    y: scaleLinear(domain, [top + side, top]),
  };
}

function identity(panel: Panel): string {
  const { left, right, top, bottom } = edges(panel);
  return `M${left} ${bottom}L${right} ${top}`;
}
