import { scaleLinear } from 'd3-scale';
import { settingName, type Sweep, type SweepPoint, type SweepSetting } from '@vqforge/artifact';
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
} from './chart.ts';
import { markup, type Markup } from './markup.ts';
import { count, metric, place, points } from './numbers.ts';
import { pageText, tableMarkup } from './page.ts';

/** More settings than that are no chart; the table has all. */
const MOST_LINES = 40;

/** The page of a sweep: each setting with its seeds, the least mean RMSE first. */
export function sweepReport(sweep: Sweep): string {
  const { dataset, features, engine, size, points: trained, settings } = sweep;
  const [best] = settings;
  return pageText({
    title: `Sweep on ${dataset.id}`,
    lead: `${count(trained.length)} of ${count(size)} trainings, leave-one-source-out, of ${features.length} features; engine ${engine}, content sha256 ${dataset.content_digest.slice(0, 12)}. Nothing was published.`,
    tiles:
      best === undefined
        ? []
        : [
            { label: 'least mean RMSE', value: points(best.mean_rmse.mean), detail: best.name },
            { label: 'its mean PLCC', value: metric(best.mean_plcc.mean), detail: `over ${seedsText(best)}` },
          ],
    sections: [
      {
        title: 'Settings',
        body: [markup`<div class="charts">${settingsChart(sweep)}</div>`, settingsTable(settings)],
      },
    ],
  });
}

/** Number of seeds in words. */
function seedsText({ seeds }: SweepSetting): string {
  return seeds.length === 1 ? '1 seed' : `${seeds.length} seeds`;
}

function settingsChart({ settings, points: trained }: Sweep): Markup {
  const drawn = settings.filter(({ mean_rmse: rmse }) => rmse.mean !== null).slice(0, MOST_LINES);
  const limits = drawn.flatMap(({ mean_rmse: { min, max } }) => [min ?? 0, max ?? 0]);
  const domain = roundDomain(Math.min(...limits, Infinity), Math.max(...limits, -Infinity));
  const x = scaleLinear(drawn.length === 0 ? [0, 1] : domain, [112, CHART_WIDTH - 24]);
  const { y, bottom, middle } = linesOf(drawn.length, 20);
  return chartMarkup({
    title: 'Mean RMSE of each training',
    description: drawn.map(({ name, mean_rmse: rmse }) => `${name}: ${points(rmse.mean)}`).join('; '),
    height: bottom + 36,
    body: [
      axesMarkup({ x, y }, { x: 'mean RMSE over folds' }, { x: linearTicks(x, 4), y: NO_TICKS }),
      drawn.map((setting, i) => {
        const at = middle(i);
        const mean = place(x(setting.mean_rmse.mean as number));
        const seeds = pointsOf(trained, setting).flatMap(({ summary: { mean_rmse: rmse } }) =>
          rmse === null
            ? []
            : [markup`<circle class="hollow" cx="${place(x(rmse))}" cy="${place(at)}" r="3.2"/>`],
        );
        return markup`${text(106, at + 3.5, 'end', fittingText(setting.name, 104), true)}${seeds}<path class="guide" d="M${mean} ${place(at - 7)}V${place(at + 7)}"/>`;
      }),
    ],
    note: `Hollow: one seed. Line: their mean.${settings.length > drawn.length ? ` ${count(settings.length - drawn.length)} more settings are in the table.` : ''}`,
  });
}

function pointsOf(trained: readonly SweepPoint[], { name }: SweepSetting): SweepPoint[] {
  return trained.filter(({ recipe }) => settingName(recipe) === name);
}

function settingsTable(settings: readonly SweepSetting[]): Markup {
  const range = (text_: (value: number | null) => string, { min, max }: SweepSetting['mean_rmse']): string =>
    `${text_(min)} to ${text_(max)}`;
  return tableMarkup({
    caption: 'Means over seeds of the means over folds, with the least and the greatest',
    head: ['setting', 'seeds', 'RMSE', 'least to greatest', 'PLCC', 'SROCC'],
    rows: settings.map((setting) => [
      setting.name,
      String(setting.seeds.length),
      points(setting.mean_rmse.mean),
      range(points, setting.mean_rmse),
      metric(setting.mean_plcc.mean),
      metric(setting.mean_srocc.mean),
    ]),
  });
}
