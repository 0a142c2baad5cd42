import { button, Choice, element } from './element.ts';
import type { FrameTable } from './frame-table.ts';
import { metricName } from './metric-names.ts';
import { pooledTable } from './pooled-table.ts';
import { ScorePlot } from './score-plot.ts';
import { scoreTiles } from './score-tiles.ts';
import { worstList } from './worst-list.ts';

interface ResultEvents {
  /** A frame is to be seen, perhaps of a certain rendition. */
  readonly choose: (frame: number, rendition?: number) => void;
}

/** The results of a run: the plot, the worst frames, the pooled table, and the files to take away. */
export class Results {
  readonly element: HTMLElement;
  readonly plot: ScorePlot;
  readonly #metric: Choice<string>;
  /** Stands above the picture. */
  readonly summary: HTMLElement = element('section', {
    class: 'card summary',
    'aria-labelledby': 'summary-title',
  });
  readonly #worst = element('section', { class: 'card worst-card', 'aria-labelledby': 'worst-title' });
  readonly #pooled = element('section', { class: 'card', 'aria-labelledby': 'pooled-title' });
  readonly #downloads = element('div', { class: 'buttons' });
  readonly #events: ResultEvents;
  #table: FrameTable | undefined;

  constructor(events: ResultEvents) {
    this.#events = events;
    this.plot = new ScorePlot({ choose: (frame) => events.choose(frame) });
    this.#metric = new Choice<string>('Metric', '', () => this.#refresh());
    this.element = element(
      'div',
      { class: 'results' },
      element(
        'section',
        { class: 'card plot-card', 'aria-labelledby': 'plot-title' },
        element(
          'div',
          { class: 'bar spread' },
          element('h2', { id: 'plot-title' }, 'Frame by frame'),
          this.#downloads,
        ),
        this.#metric.element,
        this.plot.element,
      ),
      this.#worst,
      this.#pooled,
    );
  }

  /** Shows a table that may still grow. */
  show(table: FrameTable): void {
    const isOther = table !== this.#table || table.metrics.length !== this.#metric.element.childElementCount;
    this.#table = table;
    if (isOther) this.#metric.setOptions(table.metrics.map((metric) => [metric, metricName(metric).label]));
    this.plot.show(table, this.#metric.value);
  }

  /** Nothing more comes: pooled scores and worst frames are shown, and the document can be taken away. */
  complete(table: FrameTable, { json, csv }: { readonly json: Blob; readonly csv: Blob }): void {
    this.show(table);
    this.#refresh();
    this.#pooled.replaceChildren(element('h2', { id: 'pooled-title' }, 'Pooled'), pooledTable(table));
    this.#downloads.replaceChildren(
      element('span', { class: 'hint' }, 'Save as'),
      button('JSON', () => save('scores.json', json)),
      button('CSV', () => save('scores.csv', csv)),
      button('PNG', () => {
        void this.plot.picture().then((picture) => picture !== null && save('plot.png', picture));
      }),
    );
  }

  /** Another run begins. */
  clear(): void {
    this.summary.replaceChildren();
    this.#worst.replaceChildren();
    this.#pooled.replaceChildren();
    this.#downloads.replaceChildren();
  }

  #refresh(): void {
    if (this.#table === undefined) return;
    this.plot.show(this.#table, this.#metric.value);
    const { label } = metricName(this.#metric.value);
    this.summary.replaceChildren(
      element('h2', { id: 'summary-title' }, `${label}, mean`),
      element('div', { class: 'tiles' }, ...scoreTiles(this.#table, this.#metric.value)),
    );
    this.#worst.replaceChildren(
      element('h2', { id: 'worst-title' }, `Worst frames: ${label}`),
      worstList(this.#table, this.#metric.value, this.#events.choose),
    );
  }
}

/** Gives a file to the browser's downloads. */
function save(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = element('a', { href: url, download: name });
  link.click();
  // the download has begun by then
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
