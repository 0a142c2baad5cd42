import { keepForLater } from '../isolation-worker.ts';
import type { ScoreEvent } from '../scoring/score-calls.ts';
import { ScoreSession } from '../scoring/score-session.ts';
import { type ChosenClips, ClipPanel } from './clip-panel.ts';
import { element } from './element.ts';
import { FramePictures } from './frame-pictures.ts';
import { FrameTable } from './frame-table.ts';
import { HeatMaps } from './heat-maps.ts';
import type { ClipFile, ClipSource } from '../clips/clip-file.ts';
import type { HeatRequest } from '../clips/heat-calls.ts';
import { framesAt } from '../clips/pairing.ts';
import { localFiles } from '../clips/local-files.ts';
import { worstFrames } from './worst-frames.ts';
import { ModelPanel } from './model-panel.ts';
import { Player } from './player.ts';
import { Results } from './results.ts';
import { RunPanel } from './run-panel.ts';

/** Threads that measure: one core is left to the page. */
const MOST_THREADS = 8;
/** More of ONNX Runtime's threads wait for each other longer than they work. */
const MOST_MODEL_THREADS = 4;

/** The page: clips on one side, what was found on the other. */
export function openApplication(body: HTMLElement): Pick<Application, 'isInUse'> {
  const application = new Application();
  body.prepend(...application.elements);
  void application.openLocal();
  return application;
}

class Application {
  readonly elements: readonly HTMLElement[];
  readonly #session = new ScoreSession();
  readonly #models = new ModelPanel(() => this.#clipsChanged());
  readonly #clips: ClipPanel = new ClipPanel(
    { changed: () => this.#clipsChanged(), looked: () => this.#setReady() },
    this.#models,
  );
  readonly #run = new RunPanel({ start: () => this.#start(), cancel: () => this.#cancel() });
  readonly #player = new Player({ moved: (frame) => this.#results.plot.mark(frame) });
  readonly #results = new Results({
    choose: (frame, rendition) => this.#player.goTo(frame, rendition),
  });
  readonly #findings = element(
    'div',
    { class: 'findings', hidden: true },
    this.#results.summary,
    this.#player.element,
    this.#results.element,
  );
  readonly #waiting = waiting();
  #pictures: FramePictures | undefined;
  #heatMaps: HeatMaps | undefined;

  constructor() {
    this.#clips.element.append(this.#run.element);
    this.elements = [
      header(),
      element(
        'main',
        {},
        element('div', { class: 'side' }, welcome(), this.#clips.element),
        element('div', { class: 'found' }, this.#findings, this.#waiting),
      ),
      footer(),
    ];
  }

  /** Whether files were given to the page. */
  get isInUse(): boolean {
    return !this.#clips.isEmpty;
  }

  /** Opens what the local command serves, where the page came from it. */
  async openLocal(): Promise<void> {
    const files = await localFiles();
    for (const file of files.models) this.#models.take('lpips', file, false);
    if (files.clips.length > 0) await this.#clips.add(files.clips);
  }

  #clipsChanged(): void {
    void keepForLater();
    if (this.#session.isRunning) this.#cancel();
    this.#setReady();
  }

  #setReady(): void {
    this.#run.setReady(this.#clips.chosen === undefined ? this.#clips.missing : undefined);
  }

  #cancel(): void {
    this.#session.cancel();
    this.#run.ended('cancelled');
  }

  #start(): void {
    const clips = this.#clips.chosen;
    if (clips === undefined) return;
    this.#results.clear();
    this.#run.running();
    const run = new ShownRun(clips, this.#models.chosen.lpips);
    this.#session.start(
      {
        ...clips,
        ...this.#models.chosen,
        threads: threadsOfPage(),
        modelThreads: modelThreads(),
        base: baseOfPage(),
      },
      (event) => this.#take(run, event),
    );
  }

  #take(run: ShownRun, event: ScoreEvent): void {
    switch (event.kind) {
      case 'opened':
        run.total = event.total;
        this.#open(run.clips, event);
        return;
      case 'rows':
        run.table.add(event.rows);
        this.#results.show(run.table);
        this.#run.progress(event.pass, run.rowsOf(event), run.total, event.seconds);
        return;
      case 'done': {
        const { frames, fps, failure, files, pooled, hasMaps } = event;
        run.table.setPooled(pooled);
        this.#player.setFrames((run.table.frames.at(-1) ?? 0) + 1);
        this.#results.complete(run.table, files);
        if (hasMaps) this.#openHeatMaps(run);
        const what = `${frames === 1 ? '1 frame' : `${frames} frames`}, ${fps} per second`;
        this.#run.ended(failure === undefined ? what : `${what}; partial: ${failure}`, failure !== undefined);
        return;
      }
      case 'failed':
        this.#run.ended(event.message, true);
    }
  }

  #openHeatMaps({ clips, lpips, table }: ShownRun): void {
    const [worst] = worstFrames(table, 'lpips');
    if (lpips === undefined || worst === undefined) return;
    this.#heatMaps = new HeatMaps(({ frame, rendition }) => {
      const files = framesAt(clips.pairing, frame, clips.clips.length - 1) ?? [];
      const frameOf = (at: number): HeatRequest['reference'] => ({
        key: String(at),
        clip: clips.clips[at] as ClipSource,
        index: files[at] as number,
      });
      return {
        lpips,
        base: baseOfPage(),
        modelThreads: modelThreads(),
        reference: frameOf(0),
        rendition: frameOf(1 + rendition),
      };
    }, worst);
    this.#player.setHeatMaps(this.#heatMaps);
  }

  #open({ clips, pairing }: ChosenClips, facts: Extract<ScoreEvent, { kind: 'opened' }>): void {
    this.#pictures?.close();
    this.#heatMaps?.close();
    this.#heatMaps = undefined;
    this.#pictures = new FramePictures(clips);
    this.#findings.hidden = false;
    this.#waiting.hidden = true;
    this.#player.open({
      pictures: this.#pictures,
      reference: facts.reference,
      renditions: facts.renditions,
      pairing,
      frames: facts.total ?? 1,
    });
  }
}

function header(): HTMLElement {
  return element(
    'header',
    {},
    element('img', { src: './icon.svg', alt: '', width: 28, height: 28 }),
    element('h1', {}, 'vqforge'),
    element('p', {}, 'Video quality, frame by frame'),
    element('p', { class: 'badge' }, 'Nothing leaves this computer'),
  );
}

/** What the page is for, before files are given to it. */
function welcome(): HTMLElement {
  const points: readonly (readonly [string, string])[] = [
    [
      'Measure',
      'A VMAF-like score, its six features and LPIPS of every frame, the same bits as the command line.',
    ],
    ['Look', 'Wipe, side by side, difference and heat map, at the frames where it is worst.'],
    ['Take away', 'JSON and CSV as vqforge score writes them, the plot as PNG.'],
  ];
  return element(
    'section',
    { class: 'welcome', 'aria-labelledby': 'welcome-title' },
    element('h2', { id: 'welcome-title' }, 'See where quality breaks'),
    element(
      'p',
      {},
      'Compare a reference video with its renditions. Everything is computed in this browser: no upload, no server.',
    ),
    element(
      'ul',
      {},
      ...points.map(([title, text]) =>
        element('li', {}, element('strong', {}, title), element('span', {}, text)),
      ),
    ),
  );
}

/** Where results will stand. */
function waiting(): HTMLElement {
  return element(
    'section',
    { class: 'waiting', 'aria-label': 'Results' },
    element('p', {}, element('strong', {}, 'No results yet')),
    element('p', {}, 'Choose a reference and at least one rendition, then press Compare.'),
  );
}

/** What the page runs on, and what it is made of. */
function footer(): HTMLElement {
  const threads = crossOriginIsolated ? 'models run in several threads' : 'models run in one thread';
  return element(
    'footer',
    {},
    element('span', {}, `Everything is computed in this browser; ${threads}.`),
    element('a', { href: './licences.txt' }, 'Licences'),
  );
}

/** Threads that measure, which need no isolation. */
function threadsOfPage(): number {
  return Math.max(1, Math.min(MOST_THREADS, (navigator.hardwareConcurrency || 2) - 1));
}

/** Threads of ONNX Runtime, which share memory: an isolated page has them. */
function modelThreads(): number {
  return crossOriginIsolated ? Math.min(MOST_MODEL_THREADS, navigator.hardwareConcurrency || 1) : 1;
}

/** Address of the folder that the page was loaded from. */
function baseOfPage(): string {
  return new URL('.', document.baseURI).href;
}

/** A run as it is shown. */
class ShownRun {
  readonly clips: ChosenClips;
  readonly lpips: ClipFile | undefined;
  readonly table: FrameTable;
  total: number | null = null;

  constructor(clips: ChosenClips, lpips: ClipFile | undefined) {
    this.clips = clips;
    this.lpips = lpips;
    this.table = new FrameTable(clips.clips.slice(1).map(({ file }) => file.name));
  }

  /** Frames that this pass over the clips has given. */
  rowsOf({ rows }: Extract<ScoreEvent, { kind: 'rows' }>): number {
    return this.table.column(rows.metrics[0] ?? '', 0).length;
  }
}
