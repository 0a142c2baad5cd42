import type { HeadsMetricsDocument, HeadsScores, TripletSource } from '@vqforge/artifact';
import { markup, type Part } from './markup.ts';
import { count, percent, percentRange, points } from './numbers.ts';
import { factsMarkup, pageText, type Section, type Tile } from './page.ts';
import { epochSection, headsScoreSection } from './heads-sections.ts';

/** The report of a training of LPIPS heads as an HTML page: what it gained on people's judgements, and how it went. */
export function headsReport(id: string, metrics: HeadsMetricsDocument): string {
  const { gate, shipped, dataset, epochs } = metrics;
  return pageText({
    title: id,
    lead: `Heads of LPIPS on ${metrics.network}, v${metrics.lpips_version}, trained on people's choices: ${count(dataset.train.n_triplets)} triplets, ${epochs.length} epochs, engine ${metrics.engine}, seed ${metrics.seed}. Judged on ${count(dataset.validation.n_triplets)} others.`,
    verdict: {
      good: gate.passed,
      text: gate.passed ? (shipped ? 'gate passed · shipped' : 'gate passed · not exported') : 'gate refused',
    },
    tiles: tiles(metrics),
    sections: [
      gateSection(metrics),
      headsScoreSection(metrics),
      epochSection(metrics),
      makingSection(metrics),
    ],
  });
}

function tiles({ validation, gate, epochs }: HeadsMetricsDocument): Tile[] {
  const tile = (label: string, { mean }: HeadsScores): Tile => ({
    label,
    value: percent(mean.score),
    detail: `${percentRange(mean)} %`,
  });
  const last = epochs.at(-1);
  return [
    tile('2AFC, trained heads', validation.trained),
    ...(validation.given === null ? [] : [tile('2AFC, given heads', validation.given)]),
    tile('2AFC, no heads', validation.baseline),
    {
      label: `gain over ${reference(gate.against)}`,
      value: gain(gate.difference.score),
      detail: `points, ${gain(gate.difference.low)} to ${gain(gate.difference.high)}`,
    },
    ...(last === undefined
      ? []
      : [
          {
            label: 'loss, last epoch',
            value: points(last.loss, 4),
            detail: `from ${points(epochs[0]?.loss ?? null, 4)}`,
          },
        ]),
  ];
}

function reference(against: string): string {
  return against === 'baseline' ? 'no heads' : 'given heads';
}

/** Percentage points. */
function gain(difference: number): string {
  return `${difference > 0 ? '+' : ''}${points(100 * difference, 2)}`;
}

function gateSection({ gate, shipped }: HeadsMetricsDocument): Section {
  const { low, high, score } = gate.difference;
  return {
    title: 'Gate',
    body: [
      gate.passed
        ? markup`<p><strong class="good">Passed.</strong> On the validation sets the trained heads differ from ${reference(gate.against)} by ${gain(score)} points, 95 % interval ${gain(low)} to ${gain(high)}. The gate refuses heads when all of that interval lies below 0.${shipped ? '' : ' Nothing was exported.'}</p>`
        : markup`<p><strong class="bad">Refused.</strong> Nothing was exported.</p><ul>${gate.reasons.map((reason) => markup`<li>${reason}</li>`)}</ul>`,
    ],
  };
}

function makingSection(metrics: HeadsMetricsDocument): Section {
  const { dataset, artifacts } = metrics;
  const code = (value: string): Part => markup`<code>${value}</code>`;
  const part = ({ n_triplets: triplets, skipped, content_digest: digest }: TripletSource): Part =>
    markup`${count(triplets)} triplets${skipped > 0 ? `, ${count(skipped)} left out` : ''}, sha256 ${code(digest)}`;
  return {
    title: 'How it was made',
    body: [
      factsMarkup([
        ['model', metrics.id ?? 'not named, not exported'],
        [
          'engine',
          metrics.reproducible
            ? `${metrics.engine}: the same bytes on every machine`
            : `${metrics.engine}: the bits depend on the CPU`,
        ],
        ['trained on', part(dataset.train)],
        ['judged on', part(dataset.validation)],
        ['heads', markup`sha256 ${code(metrics.heads_digest)}`],
        ...(artifacts === null
          ? []
          : [
              ['ONNX', markup`sha256 ${code(artifacts.onnx)}`] as const,
              ['sidecar', markup`sha256 ${code(artifacts.sidecar)}`] as const,
            ]),
      ]),
    ],
  };
}
