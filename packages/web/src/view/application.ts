import type { ScoreEvent } from '../scoring/score-calls.ts';
import { ScoreSession } from '../scoring/score-session.ts';
import { type ChosenClips, ClipPanel } from './clip-panel.ts';
import { element } from './element.ts';
import { FramePictures } from './frame-pictures.ts';
import { FrameTable } from './frame-table.ts';
import { localFiles } from '../clips/local-files.ts';
import { Player } from './player.ts';
import { Results } from './results.ts';
import { RunPanel } from './run-panel.ts';

/** Threads that measure: one core is left to the page. */
const MOST_THREADS = 8;

/** The page: clips on one side, what was found on the other. */
export function openApplication(body: HTMLElement): void {
  const application = new Application();
  body.prepend(...application.elements);
  void application.openLocal();
}

class Application {
  readonly elements: readonly HTMLElement[];
  readonly #session = new ScoreSession();
  readonly #clips = new ClipPanel(() => this.#clipsChanged());
  readonly #run = new RunPanel({ start: () => this.#start(), cancel: () => this.#cancel() });
  readonly #player = new Player({ moved: (frame) => this.#results.plot.mark(frame) });
  readonly #results = new Results({
    choose: (frame, rendition) => this.#player.goTo(frame, rendition),
  });
  readonly #findings = element(
    'div',
    { class: 'findings', hidden: true },
    this.#player.element,
    this.#results.element,
  );
  #pictures: FramePictures | undefined;

  constructor() {
    this.#clips.element.append(this.#run.element);
    this.elements = [
      element(
        'header',
        {},
        element('h1', {}, 'vqforge'),
        element('p', {}, 'Where does quality break? Frame by frame, on this computer alone.'),
      ),
      element('main', {}, element('div', { class: 'side' }, this.#clips.element), this.#findings),
    ];
  }

  /** Opens what the local command serves, where the page came from it. */
  async openLocal(): Promise<void> {
    const files = await localFiles();
    if (files.clips.length > 0) await this.#clips.add(files.clips);
  }

  #clipsChanged(): void {
    if (this.#session.isRunning) this.#cancel();
    this.#run.setReady(this.#clips.chosen !== undefined);
  }

  #cancel(): void {
    this.#session.cancel();
    this.#run.ended('cancelled');
  }

  #start(): void {
    const clips = this.#clips.chosen;
    if (clips === undefined) return;
    const { reference, renditions, raw, skip } = clips;
    this.#results.clear();
    this.#run.running();
    const run = new ShownRun(clips);
    this.#session.start(
      {
        reference,
        renditions,
        raw,
        selection: { skipReference: skip.reference, skipDistorted: skip.distorted, subsample: 1 },
        threads: Math.max(1, Math.min(MOST_THREADS, (navigator.hardwareConcurrency || 2) - 1)),
        base: new URL('.', document.baseURI).href,
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
        this.#run.progress(run.table.frames.length, run.total, run.table.frames.length / event.seconds);
        return;
      case 'done': {
        const { document, pooled } = event;
        run.table.setPooled(new Map(run.table.metrics.map((metric, at) => [metric, pooled[at] ?? []])));
        this.#player.setFrames(run.table.frames.length);
        this.#results.complete(run.table, document);
        const { error, frames } = document;
        const what = `${frames.length} frames, ${document.fps} per second`;
        this.#run.ended(
          error === undefined ? what : `${what}; partial: ${error.message}`,
          error !== undefined,
        );
        return;
      }
      case 'failed':
        this.#run.ended(event.message, true);
    }
  }

  #open(
    { reference, renditions, raw, skip }: ChosenClips,
    facts: Extract<ScoreEvent, { kind: 'opened' }>,
  ): void {
    this.#pictures?.close();
    this.#pictures = new FramePictures([reference, ...renditions].map((file) => ({ file, raw })));
    this.#findings.hidden = false;
    this.#player.open({
      pictures: this.#pictures,
      reference: facts.reference,
      renditions: facts.renditions,
      skip,
      frames: facts.total ?? 1,
    });
  }
}

/** A run as it is shown. */
class ShownRun {
  readonly clips: ChosenClips;
  readonly table: FrameTable;
  total: number | null = null;

  constructor(clips: ChosenClips) {
    this.clips = clips;
    this.table = new FrameTable(clips.renditions.map(({ name }) => name));
  }
}
