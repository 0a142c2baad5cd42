import { scaleLinear, scaleSymlog } from 'd3-scale';
import { area, line } from 'd3-shape';
import {
  axesMarkup,
  CHART_WIDTH,
  chartMarkup,
  edges,
  fittingText,
  linesOf,
  NO_TICKS,
  roundDomain,
  text,
} from './chart.ts';
import { markup, type Markup } from './markup.ts';
import { place } from './numbers.ts';
import { residualSummary, type Group, type ResidualSummary, type ScorePairs } from './residuals.ts';

/** Levels of an axis: 5 VMAF points each on a scale of 0 to 100. */
const LEVELS = 20;
/** A 5 % quantile of fewer rows is their smallest. */
const FEWEST_ROWS = 20;

/** The residual along the teacher's scale: median, middle half, middle 90 %. */
export function levelChart(groups: readonly Group[], domain: [number, number]): Markup {
  const joined = (key: keyof ScorePairs): Float64Array =>
    Float64Array.from(groups.flatMap((group) => [...group[key]]));
  const pairs = { teacher: joined('teacher'), prediction: joined('prediction') };
  return residualChart(pairs, {
    title: 'Residual along the scale',
    name: 'teacher',
    along: pairs.teacher,
    domain,
  });
}

/** The residual along the values of one feature. */
export function featureChart(name: string, values: Float64Array, pairs: ScorePairs): Markup {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return residualChart(pairs, {
    title: `Residual along ${name}`,
    name,
    along: values,
    domain: roundDomain(low, high),
  });
}

interface ResidualAxis {
  readonly title: string;
  /** What lies along the axis. */
  readonly name: string;
  /** Value of each row along the axis. */
  readonly along: Float64Array;
  readonly domain: readonly [number, number];
}

function residualChart(pairs: ScorePairs, { title, name, along, domain: [low, high] }: ResidualAxis): Markup {
  const summaries = levelsOf(pairs, along, low, high);
  const reach = Math.max(
    0.01,
    ...summaries.flatMap(({ summary }) => (summary === undefined ? [] : [-summary.p5, summary.p95])),
  );
  const panel = {
    x: scaleLinear([low, high], [48, 338]),
    y: scaleLinear([-1, 1].map((side) => side * roundDomain(0, reach)[1]) as [number, number], [312, 22]),
  };
  const { left, right } = edges(panel);
  const value = (summary: ResidualSummary | undefined, key: keyof ResidualSummary): number =>
    panel.y(summary?.[key] ?? 0);
  const band = (from: 'p5' | 'p25', to: 'p95' | 'p75'): string =>
    area<Level>()
      .defined(({ summary }) => summary !== undefined)
      .x(({ centre }) => panel.x(centre))
      .y0(({ summary }) => value(summary, from))
      .y1(({ summary }) => value(summary, to))
      .digits(1)(summaries) ?? '';
  const median =
    line<Level>()
      .defined(({ summary }) => summary !== undefined)
      .x(({ centre }) => panel.x(centre))
      .y(({ summary }) => value(summary, 'median'))
      .digits(1)(summaries) ?? '';
  return chartMarkup({
    title,
    description: `quantiles of prediction − teacher in ${LEVELS} levels of ${name}`,
    height: 350,
    body: [
      axesMarkup(panel, { x: name, y: 'prediction − teacher' }),
      markup`<path class="wide" d="${band('p5', 'p95')}"/><path class="narrow" d="${band('p25', 'p75')}"/>`,
      markup`<path class="guide" d="M${left} ${place(panel.y(0))}H${right}"/><path class="line" d="${median}"/>`,
    ],
    note: `Line: median. Bands: middle half and middle 90 % of the rows in each twentieth of the scale; levels with fewer than ${FEWEST_ROWS} rows are left out.`,
  });
}

interface Level {
  readonly centre: number;
  /** Undefined where there are too few rows. */
  readonly summary: ResidualSummary | undefined;
}

function levelsOf(
  { teacher, prediction }: ScorePairs,
  along: Float64Array,
  low: number,
  high: number,
): Level[] {
  const levels = Array.from({ length: LEVELS }, () => ({
    teacher: [] as number[],
    prediction: [] as number[],
  }));
  for (const [row, value] of along.entries()) {
    const level = levels[Math.min(LEVELS - 1, Math.floor(((value - low) / (high - low)) * LEVELS))];
    level?.teacher.push(teacher[row] as number);
    level?.prediction.push(prediction[row] as number);
  }
  return levels.map((level, i) => ({
    centre: low + ((i + 0.5) * (high - low)) / LEVELS,
    summary:
      level.teacher.length < FEWEST_ROWS
        ? undefined
        : residualSummary(Float64Array.from(level.teacher), Float64Array.from(level.prediction)),
  }));
}

/** Spread of the residuals of each source on one axis, linear near zero and logarithmic beyond. */
export function spreadChart(groups: readonly Group[]): Markup {
  const most = Math.max(0.1, ...groups.flatMap(({ residuals }) => [-residuals.min, residuals.max]));
  const decades = Math.max(0, Math.ceil(Math.log10(most)));
  const ticks = Array.from({ length: decades + 2 }, (_, i) => Number(`1e${i - 1}`));
  const reach = ticks.at(-1) as number;
  const x = scaleSymlog([-reach, reach], [112, CHART_WIDTH - 12]).constant(0.1);
  const { y, top, bottom, middle: middleOf } = linesOf(groups.length, 20);
  return chartMarkup({
    title: 'Residuals by source',
    description:
      'range, middle 90 %, middle half and median of prediction − teacher; the table of sources has the numbers',
    height: bottom + 36,
    body: [
      axesMarkup(
        { x, y },
        { x: 'prediction − teacher, logarithmic beyond ±0.1' },
        {
          x: {
            values: [...ticks.map((tick) => -tick).reverse(), 0, ...ticks],
            // next to 0 there is no room
            text: (tick) => (Math.abs(tick) === 0.1 ? '' : String(tick).replace('-', '−')),
          },
          y: NO_TICKS,
        },
      ),
      markup`<path class="guide" d="M${place(x(0))} ${top}V${bottom}"/>`,
      groups.map(({ name, residuals: r }, i) => {
        const middle = middleOf(i);
        const bar = (from: number, to: number, half: number, style: string): Markup =>
          markup`<rect class="${style}" x="${place(x(from))}" y="${middle - half}" width="${place(x(to) - x(from))}" height="${2 * half}"/>`;
        return markup`${text(106, middle + 3.5, 'end', fittingText(name, 104), true)}<path class="whisker" d="M${place(x(r.min))} ${middle}H${place(x(r.max))}"/>${bar(r.p5, r.p95, 4, 'wide')}${bar(r.p25, r.p75, 4, 'narrow')}<path class="line" d="M${place(x(r.median))} ${middle - 6}v12"/>`;
      }),
    ],
    note: 'Thin line: all rows. Bars: middle 90 % and middle half. Stroke: median.',
  });
}
