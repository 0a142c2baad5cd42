import { markup, type Markup, type Part } from './markup.ts';
import { count, metric, percent, points } from './numbers.ts';
import { tableMarkup, type Section } from './page.ts';
import type { Folds, RegressorRun } from './regressor-run.ts';

/** Lines of the table; of more sources, those with the largest RMSE. */
const MOST_LINES = 400;

/** Every fold in numbers. */
export function sourceSection({ metrics, folds, groups }: RegressorRun): Section {
  const { summary } = metrics.loso;
  const largest = Math.max(...folds.map(([, { rmse }]) => rmse ?? 0), 1e-12);
  const shown = folds.slice(0, MOST_LINES);
  const residualCells = (name: string): string[] => {
    const residuals = groups.get(name)?.residuals;
    if (residuals === undefined) return [];
    const { bias, p5, p95, min, max } = residuals;
    return [points(bias), points(p5), points(p95), points(Math.max(-min, max))];
  };
  const padding = groups.size === 0 ? [] : ['', '', '', ''];
  return {
    title: 'Sources',
    body: [
      tableMarkup({
        caption: `Leave-one-source-out, per frame${shown.length < folds.length ? `; the ${shown.length} sources with the largest RMSE of ${count(folds.length)}` : ''}`,
        head: [
          'held out',
          'rows',
          'PLCC',
          'SROCC',
          'KROCC',
          'RMSE',
          '',
          ...(groups.size === 0 ? [] : ['bias', '5 %', '95 %', 'largest']),
          'tied',
          'at 0/100',
        ],
        rows: shown.map(([name, fold]) => [
          name,
          count(fold.n),
          metric(fold.plcc),
          metric(fold.srocc),
          metric(fold.krocc),
          points(fold.rmse),
          barCell((fold.rmse ?? 0) / largest),
          ...residualCells(name),
          percent(fold.tied_target_fraction),
          percent(fold.saturated_fraction),
        ]),
        foot: [
          [
            'mean',
            '',
            metric(summary.mean_plcc),
            metric(summary.mean_srocc),
            metric(summary.mean_krocc),
            points(summary.mean_rmse),
            '',
            ...padding,
            '',
            '',
          ],
          [
            'std (ddof 1)',
            '',
            metric(summary.std_plcc),
            metric(summary.std_srocc),
            metric(summary.std_krocc),
            points(summary.std_rmse),
            '',
            ...padding,
            '',
            '',
          ],
        ],
      }),
      undefinedList(shown),
      markup`<p class="note">SROCC ranks ties by their mean, KROCC is tau-b.${groups.size === 0 ? '' : ' Residuals are prediction − teacher; 5 % and 95 % are their quantiles, largest is the largest absolute one.'} Tied: the share of rows whose teacher score another row has too. At 0/100: the share at the ends of the scale, where a clipped teacher tells rows no longer apart.</p>`,
    ],
  };
}

function undefinedList(folds: Folds): Part {
  const reasons = folds.flatMap(([name, { undefined_because: because = {} }]) =>
    Object.entries(because).map(
      ([key, reason]) => markup`<li>${key} of ${name} is undefined: ${reason}</li>`,
    ),
  );
  return reasons.length === 0 ? '' : markup`<ul>${reasons}</ul>`;
}

function barCell(share: number): Markup {
  return markup`<td class="bar"><svg viewBox="0 0 80 9" aria-hidden="true"><rect class="fill" width="${Math.max(1, Math.round(80 * share))}" height="9"/></svg></td>`;
}
