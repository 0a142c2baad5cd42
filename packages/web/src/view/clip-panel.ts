import type { FoundOffset } from '@vqforge/media';
import { type ClipFile, type ClipSource, sizeOf } from '../clips/clip-file.ts';
import { kindOf } from '../clips/clip-kind.ts';
import type { Pairing } from '../clips/pairing.ts';
import type { ProbeReply, ProbeRequest } from '../clips/probe-calls.ts';
import { startWorker } from '../start-worker.ts';
import { clipItem, type GivenClip } from './clip-item.ts';
import { element } from './element.ts';
import type { ModelPanel } from './model-panel.ts';
import { PairingForm } from './pairing-form.ts';
import { RawForm } from './raw-form.ts';
import { WorkerCalls } from './worker-calls.ts';

/** Renditions that one run compares. */
const MOST_RENDITIONS = 4;

/** The clips that are compared. */
export interface ChosenClips {
  /** The reference, then its renditions. */
  readonly clips: readonly ClipSource[];
  readonly pairing: Pairing;
}

interface ClipEvents {
  readonly changed: () => void;
  readonly looked: () => void;
}

/** Where files are dropped or chosen, and one of them is made the reference. */
export class ClipPanel {
  readonly element: HTMLElement;
  readonly #list = element('ol', { class: 'clips', 'aria-label': 'Clips' });
  readonly #message = element('p', { class: 'message', role: 'status' });
  readonly #raw: RawForm;
  readonly #pairing: PairingForm;
  readonly #probe = new WorkerCalls<ProbeRequest, ProbeReply>(
    () => startWorker('probe'),
    'the thread that looks at clips has failed; reload the page',
  );
  readonly #options: HTMLElement;
  readonly #changed: () => void;
  readonly #looked: () => void;
  readonly #models: ModelPanel;
  /** The reference first. */
  #clips: readonly GivenClip[] = [];

  /**
   * @param events `changed`: something else is to be compared; `looked`: more is known of the clips
   * @param models takes model files
   */
  constructor({ changed, looked }: ClipEvents, models: ModelPanel) {
    this.#changed = changed;
    this.#looked = looked;
    this.#models = models;
    this.#raw = new RawForm(() => {
      for (const clip of this.#clips) if (clip.kind === 'unknown') void this.#look(clip);
      changed();
    });
    this.#pairing = new PairingForm(changed, (by) => this.#findOffsets(by));
    this.#options = element(
      'div',
      { class: 'options', hidden: true },
      this.#raw.element,
      this.#pairing.element,
    );
    this.element = element(
      'section',
      { class: 'card clip-panel', 'aria-labelledby': 'clips-title' },
      element('h2', { id: 'clips-title' }, 'Clips'),
      this.#dropZone(),
      this.#list,
      this.#message,
      this.#options,
      models.element,
    );
    acceptDrops((files) => void this.add(files));
    this.#render();
  }

  get isEmpty(): boolean {
    return this.#clips.length === 0;
  }

  /** Undefined while something is missing. */
  get chosen(): ChosenClips | undefined {
    const pairing = this.#pairing.value;
    if (this.#clips.length < 2 || pairing === undefined || (this.#hasRaw && this.#raw.value === undefined))
      return undefined;
    return { clips: this.#clips.map((clip) => this.#sourceOf(clip)), pairing };
  }

  /** What is missing, while `chosen` is undefined. */
  get missing(): string {
    if (this.#clips.length < 2) return 'Add a rendition to compare with the reference.';
    if (this.#hasRaw && this.#raw.value === undefined)
      return 'Fill in what raw YUV holds, or remove what is no clip.';
    return 'Frames can be paired by time when the times of all clips are known.';
  }

  /** Adds files: the first of all is the reference until another is made it. */
  async add(files: readonly ClipFile[]): Promise<void> {
    const given: GivenClip[] = [];
    const refused: string[] = [];
    for (const file of files) {
      const kind = await kindOf(file).catch(() => undefined);
      if (kind === undefined) refused.push(`${file.name} cannot be read; is it a folder?`);
      else if (sizeOf(file) === 0) refused.push(`${file.name} is empty`);
      else if (kind === 'onnx') this.#models.take('lpips', file);
      else if (kind === 'json') this.#models.take('teacher', file);
      else given.push({ file, kind, isScaled: false });
    }
    const room = 1 + MOST_RENDITIONS - this.#clips.length;
    if (given.length > room)
      refused.push(
        `a reference and ${MOST_RENDITIONS} renditions are compared at once, the rest is left out`,
      );
    this.#clips = [...this.#clips, ...given.slice(0, room)];
    this.#message.textContent = refused.join('; ');
    this.#render();
    this.#changed();
    for (const clip of this.#clips) if (given.includes(clip)) void this.#look(clip);
  }

  /** Finds out what a clip holds. */
  async #look(clip: GivenClip): Promise<void> {
    const raw = this.#raw.value;
    if (clip.kind === 'unknown' && raw === undefined) return;
    try {
      const { look } = await this.#probe.call({ clip: { file: clip.file, raw } });
      clip.look = look;
      delete clip.problem;
    } catch (error) {
      delete clip.look;
      clip.problem = (error as Error).message;
    }
    this.#render();
    // what is compared does not change by what is known of it, unless times pair its frames
    if (this.#clips.includes(clip)) this.#looked();
  }

  /** By how much each rendition starts later. */
  async #findOffsets(by: Pairing['by']): Promise<FoundOffset[]> {
    const [reference, ...renditions] = this.#clips.map(({ file }): ClipSource => ({
      file,
      raw: this.#raw.value,
    }));
    const found: FoundOffset[] = [];
    for (const rendition of renditions) {
      const reply = await this.#probe.call({ clip: reference as ClipSource, rendition, by });
      found.push(reply.found as FoundOffset);
    }
    return found;
  }

  #sourceOf({ file, kind, isScaled }: GivenClip): ClipSource {
    const size = this.#clips[0]?.look;
    return {
      file,
      ...(kind === 'unknown' ? { raw: this.#raw.value } : {}),
      ...(isScaled && size !== undefined ? { size: { width: size.width, height: size.height } } : {}),
    };
  }

  get #hasRaw(): boolean {
    return this.#clips.some(({ kind }) => kind === 'unknown');
  }

  #dropZone(): HTMLElement {
    const input = element('input', { type: 'file', multiple: true, class: 'hidden-input', id: 'files' });
    input.addEventListener('change', () => {
      void this.add([...(input.files ?? [])].map(clipOfFile));
      input.value = '';
    });
    return element(
      'div',
      { class: 'drop-zone' },
      element(
        'label',
        { for: 'files', class: 'drop' },
        element('strong', {}, 'Drop clips here, or choose files'),
        element('span', {}, 'First the reference, then up to four renditions.'),
        element(
          'span',
          { class: 'kinds' },
          'mp4 · mov · webm · mkv · ts · Y4M · raw YUV · PNG · JPEG · WebP · AVIF',
        ),
      ),
      input,
    );
  }

  #render(): void {
    const size = this.#clips[0]?.look;
    const needsForm = this.#raw.value === undefined;
    this.#list.replaceChildren(
      ...this.#clips.map((clip, at) =>
        clipItem(clip, at, size, needsForm, {
          remove: () => this.#remove(at),
          promote: () => this.#promote(at),
          scaled: this.#changed,
        }),
      ),
    );
    this.#list.hidden = this.#clips.length === 0;
    this.#options.hidden = this.#clips.length === 0;
    this.#models.element.hidden = this.#clips.length === 0;
    this.#raw.element.hidden = !this.#hasRaw;
    this.#pairing.element.hidden = this.#clips.length < 2;
    this.#pairing.set(
      this.#clips.map(({ file }) => file.name),
      this.#clips.map(({ look }) => look),
    );
    document.body.classList.toggle('empty', this.#clips.length === 0);
  }

  #promote(at: number): void {
    const chosen = this.#clips[at];
    if (chosen === undefined) return;
    this.#clips = [chosen, ...this.#clips.filter((_, other) => other !== at)];
    this.#render();
    this.#changed();
  }

  #remove(at: number): void {
    this.#clips = this.#clips.filter((_, other) => other !== at);
    this.#render();
    this.#changed();
  }
}

function clipOfFile(file: File): ClipFile {
  return { name: file.name, bytes: file };
}

/** Files may be dropped anywhere on the page. */
function acceptDrops(take: (files: readonly ClipFile[]) => void): void {
  const over = (isOver: boolean): void => void document.body.classList.toggle('dropping', isOver);
  addEventListener('dragover', (event) => {
    event.preventDefault();
    over(true);
  });
  addEventListener('dragleave', (event) => over(event.relatedTarget !== null));
  addEventListener('drop', (event) => {
    event.preventDefault();
    over(false);
    take([...(event.dataTransfer?.files ?? [])].map(clipOfFile));
  });
}
