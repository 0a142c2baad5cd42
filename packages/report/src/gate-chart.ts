import { scaleLog } from 'd3-scale';
import type { AgreementMetrics } from '@vqforge/artifact';
import { axesMarkup, CHART_WIDTH, chartMarkup, fittingText, linesOf, NO_TICKS, text } from './chart.ts';
import { markup, type Markup } from './markup.ts';
import { metric, place } from './numbers.ts';

/** Correlations nearer to 1 are drawn here: the scores are float32, which rounds to 6e-8 of them. */
const NEAREST = 1e-6;

/** How far each fold is from perfect correlation, and where the gate stands. */
export function gateChart(
  folds: readonly (readonly [string, AgreementMetrics])[],
  threshold: number,
  mean: number | null,
): Markup {
  const distance = (correlation: number): number => Math.min(2, Math.max(NEAREST, 1 - correlation));
  const shown = folds.flatMap(([, { plcc, srocc }]) => [plcc, srocc]).filter((value) => value !== null);
  const limits = [threshold, ...(mean === null ? [] : [mean]), ...shown].map(distance);
  const x = scaleLog([Math.min(...limits, 0.01), Math.max(...limits, 0.1)], [CHART_WIDTH - 24, 112]).nice();
  const { y, top, bottom, middle: middleOf } = linesOf(folds.length, 20);
  const [closest = NEAREST, farthest = 1] = x.domain();
  const decades = Array.from({ length: 8 }, (_, i) => Number(`1e${i - 7}`)).filter(
    (value) => value >= closest * 0.99 && value <= farthest * 1.01,
  );
  const upright = (correlation: number, style: string): Markup =>
    markup`<path class="${style}" d="M${place(x(distance(correlation)))} ${top}V${bottom}"/>`;
  return chartMarkup({
    title: 'Correlation of each fold, and the gate',
    description: `PLCC and SROCC of each held-out source; mean PLCC ${metric(mean)}, threshold ${threshold}`,
    height: bottom + 36,
    body: [
      axesMarkup(
        { x, y },
        { x: 'correlation, logarithmic towards 1' },
        {
          x: {
            values: decades,
            // every second one where they would touch
            text: (value) =>
              decades.length > 5 && (decades.length - decades.indexOf(value)) % 2 === 0
                ? ''
                : String(Number((1 - value).toPrecision(7))),
          },
          y: NO_TICKS,
        },
      ),
      upright(threshold, 'limit'),
      mean === null ? '' : upright(mean, 'guide'),
      folds.map(([name, { plcc, srocc }], i) => {
        const middle = middleOf(i);
        return markup`${text(106, middle + 3.5, 'end', fittingText(name, 104), true)}${srocc === null ? '' : markup`<circle class="hollow" cx="${place(x(distance(srocc)))}" cy="${middle}" r="3.6"/>`}${plcc === null ? text(116, middle + 3.5, 'start', 'PLCC undefined') : markup`<circle class="fill" cx="${place(x(distance(plcc)))}" cy="${middle}" r="3.2"/>`}`;
      }),
    ],
    note: `Filled: PLCC. Hollow: SROCC. Red: the gate's threshold ${threshold}, for the mean PLCC (dashed grey, ${metric(mean)}).`,
  });
}
