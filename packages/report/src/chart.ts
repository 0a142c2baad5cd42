import { scaleLinear, type ScaleContinuousNumeric } from 'd3-scale';
import { ReportError } from './errors.ts';
import { Markup, markup, type Part } from './markup.ts';
import { place } from './numbers.ts';

/** Every chart is drawn so wide, for the width of a phone: the grid of a page shows several side by side. */
export const CHART_WIDTH = 360;

interface Chart {
  readonly title: string;
  /** What the chart shows, in words, for screen readers. */
  readonly description: string;
  readonly height: number;
  readonly body: readonly Part[];
  /** Below the drawing: how to read it. */
  readonly note?: Part;
}

/** The figure of a chart: title, drawing of `CHART_WIDTH` times its height, and note. */
export function chartMarkup({ title, description, height, body, note }: Chart): Markup {
  return markup`<figure><h3>${title}</h3>
<svg viewBox="0 0 ${CHART_WIDTH} ${height}" role="img" aria-label="${title}: ${description}">${body}</svg>
${note === undefined ? '' : markup`<figcaption>${note}</figcaption>`}</figure>
`;
}

export type Scale = ScaleContinuousNumeric<number, number>;

/** The area between two scales. */
export interface Panel {
  readonly x: Scale;
  readonly y: Scale;
}

interface Ticks {
  readonly values: readonly number[];
  readonly text: (value: number) => string;
}

/** About `wanted` round values of a linear scale, with as many decimals as they need. */
export function linearTicks(scale: Scale, wanted: number): Ticks {
  const values = scale.ticks(wanted);
  const text = scale.tickFormat(wanted);
  return { values, text };
}

/** The vertical scale of a chart that has a line of its own for each name, and no ticks. */
interface Lines {
  readonly y: Scale;
  readonly top: number;
  readonly bottom: number;
  /** Where the i-th line runs. */
  readonly middle: (i: number) => number;
}

/** Places of `count` lines that are `height` pixels high each. */
export function linesOf(count: number, height: number): Lines {
  const [top, bottom] = [22, 22 + count * height];
  return { y: scaleLinear([0, count], [bottom, top]), top, bottom, middle: (i) => top + (i + 0.5) * height };
}

/** For a side that has names instead of numbers. */
export const NO_TICKS: Ticks = { values: [], text: String };

/** Grid, tick labels and axis names of a panel. */
export function axesMarkup(
  { x, y }: Panel,
  names: { readonly x?: string; readonly y?: string },
  ticks: { readonly x: Ticks; readonly y: Ticks } = { x: linearTicks(x, 5), y: linearTicks(y, 5) },
): Markup {
  const { left, right, top, bottom } = edges({ x, y });
  const horizontal = ticks.y.values.map((value) => `M${left} ${place(y(value))}H${right}`);
  const vertical = ticks.x.values.map((value) => `M${place(x(value))} ${top}V${bottom}`);
  return markup`<path class="grid" d="${[...horizontal, ...vertical].join('')}"/>
<path class="axis" d="M${left} ${top}V${bottom}H${right}"/>
${ticks.x.values.map((value) => text(x(value), bottom + 13, 'middle', ticks.x.text(value)))}
${ticks.y.values.map((value) => text(left - 5, y(value) + 3.5, 'end', ticks.y.text(value)))}
${names.x === undefined ? '' : text((left + right) / 2, bottom + 28, 'middle', names.x)}${names.y === undefined ? '' : text(left, top - 7, 'start', names.y)}`;
}

/** Words at a place of a drawing, in pixels; a name is styled as one. */
export function text(
  x: number,
  y: number,
  anchor: 'start' | 'middle' | 'end',
  words: string,
  isName = false,
): Markup {
  const name = isName ? markup` class="name"` : '';
  return markup`<text x="${place(x)}" y="${place(y)}" text-anchor="${anchor}"${name}>${words}</text>`;
}

/** The beginning of a name that fits a width in any common font; its end is replaced by an ellipsis. */
export function fittingText(name: string, width: number): string {
  const letters = Array.from(name);
  let used = 0;
  const fitting = letters.findIndex((letter) => (used += letterWidth(letter)) > width);
  return fitting === -1 ? name : `${letters.slice(0, Math.max(1, fitting - 1)).join('')}…`;
}

/** Width of a letter of text at 10.5 units: a little more than DejaVu Sans, the widest of the usual fonts, takes. */
function letterWidth(letter: string): number {
  if (/^[ijltfrI.,:;'|! ()[\]-]$/.test(letter)) return 4.4;
  if (/^[a-ln-vx-z0-9_]$/.test(letter)) return 6.8;
  return /^[A-LN-VX-Z]$/.test(letter) ? 8.2 : 10.8;
}

/** Many dots as one path: lines of no length with round ends. */
export function dotsMarkup(xs: readonly number[], ys: readonly number[], style = 'dots'): Markup {
  const path = xs.map((x, i) => `M${place(x)} ${place(ys[i] as number)}h0`).join('');
  return markup`<path class="${style}" d="${path}"/>`;
}

/** Far from where sums and squares of scores would no longer be numbers. */
const MOST_DRAWN = 1e100;

/**
 * A round range around two values, which may be the same.
 * @throws ReportError BAD_METRICS where no drawing could tell anything
 */
export function roundDomain(low: number, high: number): [number, number] {
  if (!(Math.max(-low, high) <= MOST_DRAWN))
    throw new ReportError(
      'BAD_METRICS',
      `values from ${low} to ${high} cannot be drawn, expected at most ${MOST_DRAWN} either way`,
    );
  const pad = low === high ? Math.max(0.01, Math.abs(low) / 10) : 0;
  return scaleLinear()
    .domain([low - pad, high + pad])
    .nice()
    .domain() as [number, number];
}

/** Edges of the area between two scales, in the drawing's units. */
export function edges({ x, y }: Panel): { left: number; right: number; top: number; bottom: number } {
  const [left = 0, right = 0] = x.range();
  const [bottom = 0, top = 0] = y.range();
  return { left, right, top, bottom };
}
