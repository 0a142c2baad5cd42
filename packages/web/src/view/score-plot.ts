import UPlot from 'uplot';
import { button, element } from './element.ts';
import type { FrameTable } from './frame-table.ts';
import { metricName, shownValue } from './metric-names.ts';
import { renditionColour, renditionMark } from './rendition-colours.ts';

interface PlotEvents {
  /** A frame was clicked. */
  readonly choose: (frame: number) => void;
}

/** Values of one metric over the frames, a line per rendition: drag to zoom, move to read, click to see the frame. */
export class ScorePlot {
  readonly element: HTMLElement;
  readonly #place = element('div', { class: 'plot-place' });
  /** The legend, with the values of one frame. */
  readonly #reading = element('p', { class: 'plot-reading' });
  readonly #about = element('p', { class: 'hint' });
  readonly #events: PlotEvents;
  #plot: UPlot | undefined;
  #table: FrameTable | undefined;
  #metric = '';
  #frame = 0;
  /** Whether part of the clip is shown, which growing data does not change. */
  #isZoomed = false;

  constructor(events: PlotEvents) {
    this.#events = events;
    this.element = element(
      'figure',
      { class: 'plot' },
      this.#reading,
      this.#place,
      element(
        'figcaption',
        {},
        this.#about,
        element(
          'span',
          { class: 'buttons' },
          button('Zoom in', () => this.#zoom(0.5), { class: 'quiet' }),
          button('Zoom out', () => this.#zoom(2), { class: 'quiet' }),
          button('Whole clip', () => this.#zoom(Infinity), { class: 'quiet' }),
        ),
      ),
    );
    new ResizeObserver(() => this.#resize()).observe(this.#place);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#make());
  }

  /** Shows a metric of a table; the zoom stays where the frames are the same. */
  show(table: FrameTable, metric: string): void {
    const isOther = table !== this.#table || metric !== this.#metric;
    this.#table = table;
    this.#metric = metric;
    if (isOther || this.#plot === undefined) this.#make();
    else this.#setData();
  }

  /** Marks a frame. */
  mark(frame: number): void {
    this.#frame = frame;
    this.#plot?.redraw(false);
    this.#read(null);
  }

  /** The picture of the plot as it stands, on its background. */
  picture(): Promise<Blob | null> {
    const source = this.#plot?.ctx.canvas;
    if (source === undefined) return Promise.resolve(null);
    const canvas = element('canvas', { width: source.width, height: source.height + HEADER });
    const context = canvas.getContext('2d');
    if (context === null) return Promise.resolve(null);
    const style = getComputedStyle(this.element);
    context.fillStyle = style.backgroundColor;
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(source, 0, HEADER);
    this.#drawHeader(context, style.color);
    return new Promise((resolve) => canvas.toBlob(resolve, 'image/png'));
  }

  #drawHeader(context: CanvasRenderingContext2D, ink: string): void {
    context.font = `600 ${HEADER / 2.6}px system-ui, sans-serif`;
    context.textBaseline = 'middle';
    context.fillStyle = ink;
    const title = metricName(this.#metric).label;
    context.fillText(title, 12, HEADER / 2);
    let x = 12 + context.measureText(title).width + 24;
    this.#table?.renditions.forEach((name, at) => {
      const text = `${renditionMark(at)} ${name}`;
      context.fillStyle = renditionColour(at);
      context.fillText(text, x, HEADER / 2);
      x += context.measureText(text).width + 24;
    });
  }

  #make(): void {
    const table = this.#table;
    if (table === undefined) return;
    this.#plot?.destroy();
    this.#isZoomed = false;
    const style = getComputedStyle(this.element);
    const ink = style.getPropertyValue('--muted').trim();
    const grid = style.getPropertyValue('--line').trim();
    const axis = {
      stroke: ink,
      grid: { stroke: grid, width: 1 },
      ticks: { stroke: grid, width: 1 },
      font: FONT,
    };
    const options: UPlot.Options = {
      width: this.#width(),
      height: HEIGHT,
      legend: { show: false },
      cursor: { drag: { x: true, y: false }, points: { size: 7 } },
      scales: { x: { time: false } },
      axes: [
        { ...axis, label: 'frame', labelSize: 18, labelFont: FONT, size: 32, incrs: WHOLE },
        { ...axis, size: 52 },
      ],
      series: [
        {},
        ...table.renditions.map((label, at) => ({
          label,
          stroke: renditionColour(at),
          width: 1.6,
          points: { show: table.frames.length < 60, size: 4, fill: renditionColour(at) },
        })),
      ],
      hooks: {
        setSelect: [({ select }) => (this.#isZoomed ||= select.width > 0)],
        setCursor: [(plot) => this.#read(plot.cursor.idx ?? null)],
        draw: [(plot) => this.#drawMark(plot, style.getPropertyValue('--accent').trim())],
      },
    };
    this.#plot = new UPlot(options, this.#data(), this.#place);
    this.#plot.over.addEventListener('click', () => {
      const frame = this.#table?.frames[this.#plot?.cursor.idx ?? -1];
      if (frame !== undefined) this.#events.choose(frame);
    });
    this.#plot.over.addEventListener('dblclick', () => (this.#isZoomed = false));
    const canvas = this.#plot.ctx.canvas;
    canvas.setAttribute('role', 'img');
    canvas.setAttribute(
      'aria-label',
      `${metricName(this.#metric).label} over ${table.frames.length} frames of ${table.renditions.join(', ')}; the table of pooled scores and the list of worst frames hold its numbers`,
    );
    this.#read(null);
  }

  #data(): UPlot.AlignedData {
    const table = this.#table as FrameTable;
    const rows = Math.min(
      table.frames.length,
      ...table.renditions.map((_, at) => table.column(this.#metric, at).length),
    );
    return [
      table.frames.slice(0, rows),
      ...table.renditions.map((_, at) => table.column(this.#metric, at).slice(0, rows)),
    ];
  }

  /** What the values are at the pointer, or at the marked frame. */
  #read(at: number | null): void {
    const table = this.#table;
    if (table === undefined) return;
    const row = at ?? table.frames.indexOf(this.#frame);
    const frame = table.frames[row];
    this.#reading.replaceChildren(
      element('span', { class: 'reading-frame' }, frame === undefined ? 'frame –' : `frame ${frame}`),
      ...table.renditions.map((name, rendition) =>
        element(
          'span',
          { class: 'reading', title: name },
          element('span', { class: `mark rendition-${rendition}` }, renditionMark(rendition)),
          element('span', { class: 'reading-name' }, name),
          element(
            'span',
            { class: 'number' },
            shownValue(this.#metric, table.column(this.#metric, rendition)[row] ?? null),
          ),
        ),
      ),
    );
    this.#about.textContent = metricName(this.#metric).about;
  }

  #drawMark(plot: UPlot, colour: string): void {
    const x = plot.valToPos(this.#frame, 'x', true);
    const { left, top, width, height } = plot.bbox;
    if (x < left || x > left + width) return;
    plot.ctx.save();
    plot.ctx.strokeStyle = colour;
    plot.ctx.lineWidth = devicePixelRatio;
    plot.ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
    plot.ctx.beginPath();
    plot.ctx.moveTo(x, top);
    plot.ctx.lineTo(x, top + height);
    plot.ctx.stroke();
    plot.ctx.restore();
  }

  /** Around the marked frame; at most the whole clip. */
  #zoom(factor: number): void {
    const plot = this.#plot;
    const frames = this.#table?.frames ?? [];
    if (plot === undefined || frames.length < 2) return;
    const [first, last] = [frames[0] as number, frames.at(-1) as number];
    const { min = first, max = last } = plot.scales['x'] ?? {};
    const span = Math.max(2, Math.min(last - first, ((max ?? last) - (min ?? first)) * factor));
    const middle = Math.max(first, Math.min(last, this.#frame));
    const start = Math.max(first, Math.min(last - span, middle - span / 2));
    this.#isZoomed = span < last - first;
    plot.setScale('x', { min: start, max: start + span });
  }

  #setData(): void {
    const plot = this.#plot as UPlot;
    const { min, max } = plot.scales['x'] ?? {};
    plot.setData(this.#data());
    if (this.#isZoomed && typeof min === 'number' && typeof max === 'number')
      plot.setScale('x', { min, max });
  }

  #resize(): void {
    this.#plot?.setSize({ width: this.#width(), height: HEIGHT });
  }

  #width(): number {
    return Math.max(200, this.#place.clientWidth);
  }
}

const HEIGHT = 240;
/** Pixels above the plot in its picture. */
const HEADER = 48;
const FONT = '12px system-ui, sans-serif';
/** Frames are whole. */
const WHOLE = [1, 2, 5]
  .flatMap((step) => [1, 10, 100, 1000, 10_000, 100_000].map((ten) => step * ten))
  .sort((a, b) => a - b);
