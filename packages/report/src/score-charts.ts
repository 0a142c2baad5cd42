import { scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import {
  axesMarkup,
  CHART_WIDTH,
  chartMarkup,
  fittingText,
  linearTicks,
  linesOf,
  NO_TICKS,
  roundDomain,
  text,
  type Scale,
} from './chart.ts';
import { markup, type Markup, type Part } from './markup.ts';
import { percent, place } from './numbers.ts';

/** One bar with what stands beside it. */
export interface ScoreRow {
  readonly name: string;
  /** A share; null where it is not defined. */
  readonly score: number | null;
  readonly interval: { readonly low: number; readonly high: number } | null;
  /** Shares to compare with, by the shape that shows them. */
  readonly marks: readonly { readonly shape: keyof typeof SHAPES; readonly value: number }[];
}

/** A stroke across the bar, an open circle, an open square. */
const SHAPES = {
  stroke: (x: number, y: number): Markup => markup`<path class="tick" d="M${place(x)} ${y - 8}v16"/>`,
  circle: (x: number, y: number): Markup =>
    markup`<circle class="hollow" cx="${place(x)}" cy="${y}" r="3.8"/>`,
  square: (x: number, y: number): Markup =>
    markup`<rect class="hollow" x="${place(x - 3.4)}" y="${y - 3.4}" width="6.8" height="6.8"/>`,
};

/**
 * Scores as bars that begin at `floor`, what guessing would reach, so that their lengths can be compared.
 * @param note how to read the marks
 */
export function scoreChart(title: string, rows: readonly ScoreRow[], floor: number, note: Part): Markup {
  const values = rows.flatMap(({ score, interval, marks }) => [
    ...(score === null ? [] : [score]),
    ...(interval === null ? [] : [interval.low, interval.high]),
    ...marks.map(({ value }) => value),
  ]);
  const { y, bottom, middle } = linesOf(rows.length, 26);
  const x = scaleLinear(
    [Math.min(floor, ...values), Math.max(floor + 0.1, ...values)],
    [124, CHART_WIDTH - 52],
  ).nice();
  return chartMarkup({
    title,
    description: `scores of ${rows.length} sets; the table has the numbers`,
    height: bottom + 22,
    body: [
      axesMarkup(
        { x, y },
        {},
        { x: { values: x.ticks(4), text: (value) => percent(value, 0) }, y: NO_TICKS },
      ),
      rows.map((row, at) => rowMarkup(row, middle(at), x, floor)),
    ],
    note,
  });
}

function rowMarkup({ name, score, interval, marks }: ScoreRow, y: number, x: Scale, floor: number): Markup {
  const label = text(118, y + 3.5, 'end', fittingText(name, 114), true);
  if (score === null) return markup`${label}${text(128, y + 3.5, 'start', 'not defined')}`;
  const [from, to] = [Math.min(x(score), x(floor)), Math.max(x(score), x(floor))];
  const whisker =
    interval === null
      ? ''
      : markup`<path class="error" d="M${place(x(interval.low))} ${y - 3}v6m0 -3H${place(x(interval.high))}m0 -3v6"/>`;
  return markup`${label}<rect class="narrow" x="${place(from)}" y="${y - 6}" width="${place(to - from)}" height="12"/>${whisker}${marks.map(({ shape, value }) => SHAPES[shape](x(value), y))}${text(CHART_WIDTH - 46, y + 3.5, 'start', percent(score), true)}`;
}

/** One curve. */
export interface Series {
  readonly style: 'line' | 'line second';
  readonly values: readonly number[];
}

/** A chart of a number that was recorded after each epoch. @param epochs their numbers, in order */
export function curveChart(
  title: string,
  epochs: readonly number[],
  series: readonly Series[],
  tick: ((value: number) => string) | undefined,
  note: string,
): Markup {
  const all = series.flatMap(({ values }) => values);
  const x = scaleLinear(
    [epochs[0] ?? 0, Math.max(epochs.at(-1) ?? 1, (epochs[0] ?? 0) + 1)],
    [52, CHART_WIDTH - 14],
  );
  const y = scaleLinear(roundDomain(Math.min(...all), Math.max(...all)), [202, 14]);
  const path = ({ values }: Series): string =>
    line<number>(
      (_, at) => x(epochs[at] as number),
      (value) => y(value),
    ).digits(1)(values) ?? '';
  const ends = (at: number): string =>
    series.map(({ values }) => (values.at(at) as number).toPrecision(4)).join(' and ');
  const { values: ticks, text: ticked } = linearTicks(y, 5);
  return chartMarkup({
    title,
    description: `${epochs.length} epochs, from ${ends(0)} to ${ends(-1)}`,
    height: 238,
    body: [
      axesMarkup(
        { x, y },
        { x: 'epoch' },
        {
          x: { values: x.ticks(Math.min(10, epochs.length)).filter(Number.isInteger), text: String },
          y: { values: ticks, text: tick ?? ticked },
        },
      ),
      series.map(
        (curve) =>
          markup`<path class="${curve.style}" d="${path(curve)}"/>${curve.values.map((value, at) => markup`<circle class="fill${curve.style === 'line' ? '' : ' second'}" cx="${place(x(epochs[at] as number))}" cy="${place(y(value))}" r="2.4"/>`)}`,
      ),
    ],
    note,
  });
}
