import type { ClipFacts } from '@vqforge/score/pure';
import { button, Choice, element, labelled } from './element.ts';
import { FrameCanvas, type Mode } from './frame-canvas.ts';
import type { FramePictures } from './frame-pictures.ts';
import { heatLegend } from '../clips/heat-colours.ts';
import { framesAt, nearestPaired, type Pairing } from '../clips/pairing.ts';
import type { HeatMaps } from './heat-maps.ts';
import { renditionMark } from './rendition-colours.ts';

/** The clips that the player shows. */
interface PlayerClips {
  readonly pictures: FramePictures;
  readonly reference: ClipFacts;
  readonly renditions: readonly ClipFacts[];
  readonly pairing: Pairing;
  /** Frames that can be shown. */
  readonly frames: number;
}

interface PlayerEvents {
  /** Another frame is shown. */
  readonly moved: (frame: number) => void;
}

const MODES: readonly (readonly [Mode, string])[] = [
  ['wipe', 'Wipe'],
  ['side', 'Side by side'],
  ['difference', 'Difference ×4'],
];

const ZOOMS = [
  ['fit', 'Fit'],
  ['1', '1:1'],
  ['2', '2:1'],
  ['4', '4:1'],
] as const;
type Zoom = (typeof ZOOMS)[number][0];

/** One frame of the reference and of a rendition, and the controls that move through the clip. */
export class Player {
  readonly element: HTMLElement;
  readonly #view = new FrameCanvas();
  readonly #stage = element('div', {
    class: 'stage fit',
    tabindex: 0,
    role: 'region',
    'aria-label': 'Picture',
  });
  readonly #mode: Choice<Mode>;
  readonly #zoom: Choice<Zoom>;
  readonly #rendition: Choice<string>;
  readonly #wipe = element('input', { type: 'range', min: 0, max: 1, step: 0.001, value: 0.5 });
  readonly #slider = element('input', { type: 'range', min: 0, max: 0, step: 1, value: 0 });
  readonly #number = element('input', { type: 'number', min: 0, max: 0, step: 1, value: 0 });
  readonly #pair = element('span', { class: 'pair' });
  readonly #codes = element('span', { class: 'codes', 'aria-hidden': 'true' });
  readonly #message = element('p', { class: 'message', role: 'status' });
  readonly #legend = element('canvas', {
    width: 160,
    height: 10,
    role: 'img',
    'aria-label': 'Colours of the scale',
  });
  readonly #legendTop = element('span', {}, '');
  readonly #legendField = element(
    'div',
    { class: 'legend', hidden: true },
    element('span', {}, 'LPIPS of a pixel: 0'),
    this.#legend,
    this.#legendTop,
  );
  readonly #wipeField: HTMLElement;
  readonly #events: PlayerEvents;
  #clips: PlayerClips | undefined;
  #heatMaps: HeatMaps | undefined;
  #frame = 0;
  /** Counts what was asked for: a picture that comes late is not drawn. */
  #asked = 0;

  constructor(events: PlayerEvents) {
    this.#events = events;
    this.#mode = new Choice<Mode>('How the pictures are compared', 'wipe', () => void this.#load());
    this.#mode.setOptions(MODES);
    this.#zoom = new Choice<Zoom>('Size', 'fit', (zoom) => this.#resize(zoom));
    this.#zoom.setOptions(ZOOMS);
    this.#rendition = new Choice<string>('Rendition', '0', () => void this.#load());
    this.#wipeField = labelled('Reference | rendition', this.#wipe, 'field wide');
    this.#stage.append(this.#view.canvas);
    heatLegend(this.#legend.getContext('2d') as CanvasRenderingContext2D);
    this.element = element(
      'section',
      { class: 'card player', 'aria-labelledby': 'player-title' },
      element('h2', { id: 'player-title' }, 'Picture'),
      element('div', { class: 'bar' }, this.#rendition.element, this.#mode.element, this.#zoom.element),
      this.#stage,
      element('p', { class: 'caption' }, this.#pair, this.#codes),
      this.#wipeField,
      this.#legendField,
      element(
        'div',
        { class: 'bar transport' },
        button('◀', () => this.step(-1), { 'aria-label': 'Previous frame', title: 'Previous frame ( , )' }),
        button('▶', () => this.step(1), { 'aria-label': 'Next frame', title: 'Next frame ( . )' }),
        labelled('Frame', this.#number, 'field number-field'),
        labelled('Position', this.#slider, 'field wide hide-label'),
      ),
      this.#message,
    );
    this.#listen();
  }

  get frame(): number {
    return this.#frame;
  }

  /** Takes other clips, and shows the same frame of them as far as they have it. */
  open(clips: PlayerClips): void {
    this.#clips = clips;
    this.setHeatMaps(undefined);
    this.#rendition.element.hidden = clips.renditions.length < 2;
    this.#rendition.setOptions(clips.renditions.map((_, at) => [String(at), renditionMark(at)]));
    this.setFrames(clips.frames);
    this.goTo(Math.min(this.#frame, Math.max(0, clips.frames - 1)));
  }

  /** Where heat maps come from, once there are any. */
  setHeatMaps(heatMaps: HeatMaps | undefined): void {
    this.#heatMaps = heatMaps;
    this.#mode.setOptions(heatMaps === undefined ? MODES : [...MODES, ['heat', 'LPIPS heat map']]);
  }

  /** As many frames can be shown. */
  setFrames(frames: number): void {
    if (this.#clips !== undefined) this.#clips = { ...this.#clips, frames };
    const last = String(Math.max(0, frames - 1));
    this.#slider.max = last;
    this.#number.max = last;
  }

  /** @param step where frames have no partner, the direction in which the next one is looked for */
  goTo(frame: number, rendition?: number, step = 1): void {
    const frames = Math.max(1, this.#clips?.frames ?? 1);
    const within = Math.max(0, Math.min(frames - 1, Math.round(frame)));
    this.#frame =
      this.#clips === undefined ? within : nearestPaired(this.#clips.pairing, within, frames, step);
    this.#slider.value = String(this.#frame);
    this.#number.value = String(this.#frame);
    if (rendition !== undefined) this.#rendition.set(String(rendition));
    else void this.#load();
    this.#events.moved(this.#frame);
  }

  step(frames: number): void {
    this.goTo(this.#frame + frames, undefined, frames);
  }

  async #load(): Promise<void> {
    const clips = this.#clips;
    if (clips === undefined) return;
    const asked = ++this.#asked;
    const rendition = Number(this.#rendition.value);
    const at = this.#frame;
    const files = framesAt(clips.pairing, at, clips.renditions.length);
    this.#pair.textContent = files === undefined ? '' : pairText(files, rendition);
    if (files === undefined) {
      this.#message.textContent = `frame ${at} has no partner in every rendition`;
      return;
    }
    try {
      const [reference, distorted] = await Promise.all([
        clips.pictures.picture(0, files[0] as number),
        clips.pictures.picture(1 + rendition, files[1 + rendition] as number),
      ]);
      if (asked !== this.#asked) return;
      this.#view.set(reference, distorted);
      this.#message.textContent = '';
      this.#redraw();
      this.#resize(this.#zoom.value);
      const name = clips.renditions[rendition]?.path ?? '';
      this.#view.canvas.setAttribute('aria-label', `frame ${at} of ${clips.reference.path} and ${name}`);
      if (this.#mode.value === 'heat') await this.#loadHeat({ frame: at, rendition }, asked);
    } catch (error) {
      if (asked === this.#asked) this.#message.textContent = (error as Error).message;
    }
  }

  async #loadHeat(
    place: { readonly frame: number; readonly rendition: number },
    asked: number,
  ): Promise<void> {
    this.#message.textContent = 'computing the heat map';
    const heat = await this.#heatMaps?.heat(place);
    if (asked !== this.#asked || heat === undefined) return;
    this.#view.setHeat(heat);
    this.#legendTop.textContent = `${heat.top.toFixed(3)} and more`;
    this.#message.textContent = '';
    this.#redraw();
  }

  #redraw(): void {
    this.#wipeField.hidden = this.#mode.value !== 'wipe';
    this.#legendField.hidden = this.#mode.value !== 'heat' || !this.#view.hasHeat;
    this.#view.draw(this.#mode.value, Number(this.#wipe.value));
  }

  #resize(zoom: Zoom): void {
    const { canvas } = this.#view;
    this.#stage.classList.toggle('fit', zoom === 'fit');
    canvas.style.width = zoom === 'fit' ? '' : `${(canvas.width * Number(zoom)) / devicePixelRatio}px`;
  }

  #listen(): void {
    const { canvas } = this.#view;
    this.#wipe.addEventListener('input', () => this.#redraw());
    this.#slider.addEventListener('input', () => this.goTo(Number(this.#slider.value)));
    this.#number.addEventListener('change', () => this.goTo(Number(this.#number.value)));
    canvas.addEventListener('pointermove', (event) => this.#point(event));
    canvas.addEventListener('pointerdown', (event) => this.#point(event));
    canvas.addEventListener('pointerleave', () => this.#codes.replaceChildren());
    addEventListener('keydown', (event) => {
      const isTyping = event.target instanceof HTMLInputElement && event.target.type !== 'range';
      if (isTyping || event.ctrlKey || event.metaKey || event.altKey || this.#clips === undefined) return;
      if (event.key === ',') this.step(-1);
      else if (event.key === '.') this.step(1);
    });
  }

  #point(event: PointerEvent): void {
    const { canvas } = this.#view;
    const box = canvas.getBoundingClientRect();
    const x = Math.floor(((event.clientX - box.left) * canvas.width) / box.width);
    const y = Math.floor(((event.clientY - box.top) * canvas.height) / box.height);
    if (this.#mode.value === 'wipe' && event.buttons === 1) {
      this.#wipe.value = String(x / canvas.width);
      this.#redraw();
    }
    const codes = this.#view.codesAt(this.#mode.value, x, y);
    this.#codes.textContent =
      codes === undefined
        ? ''
        : `x ${codes.x}, y ${codes.y} · reference ${codes.reference} · rendition ${codes.distorted}${codes.heat === undefined ? '' : ` · LPIPS ${codes.heat}`}`;
  }
}

/** Which frames of the files are seen. */
function pairText([reference, ...renditions]: readonly number[], rendition: number): string {
  return `reference frame ${reference} ↔ ${renditionMark(rendition)} frame ${renditions[rendition]}`;
}
