import type { RawFormat } from '@vqforge/media';
import { type ClipFile, sizeOf } from '../clips/clip-file.ts';
import { type ClipKind, kindOf } from '../clips/clip-kind.ts';
import { button, element, labelled } from './element.ts';
import type { ModelPanel } from './model-panel.ts';
import { RawForm } from './raw-form.ts';
import { renditionMark } from './rendition-colours.ts';

/** Renditions that one run compares. */
const MOST_RENDITIONS = 4;

/** A file with what its first bytes say it is. */
interface GivenClip {
  readonly file: ClipFile;
  readonly kind: ClipKind;
}

/** What is compared. */
export interface ChosenClips {
  readonly reference: ClipFile;
  readonly renditions: readonly ClipFile[];
  readonly raw: RawFormat | undefined;
  /** Frames that are passed over at the start of each side. */
  readonly skip: { readonly reference: number; readonly distorted: number };
}

/** Where files are dropped or chosen, and one of them is made the reference. */
export class ClipPanel {
  readonly element: HTMLElement;
  readonly #list = element('ol', { class: 'clips', 'aria-label': 'Clips' });
  readonly #message = element('p', { class: 'message', role: 'status' });
  readonly #raw: RawForm;
  readonly #offset = element('input', { type: 'number', step: 1, value: 0 });
  readonly #options: HTMLElement;
  readonly #changed: () => void;
  readonly #models: ModelPanel;
  /** The reference first. */
  #clips: readonly GivenClip[] = [];

  /** @param models takes model files */
  constructor(changed: () => void, models: ModelPanel) {
    this.#changed = changed;
    this.#models = models;
    this.#raw = new RawForm(changed);
    this.#offset.addEventListener('input', changed);
    this.#options = element(
      'div',
      { class: 'options', hidden: true },
      this.#raw.element,
      labelled('Renditions start later by frames', this.#offset, 'field row'),
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
    const [reference, ...renditions] = this.#clips.map(({ file }) => file);
    const raw = this.#hasRaw ? this.#raw.value : undefined;
    if (reference === undefined || renditions.length === 0 || (this.#hasRaw && raw === undefined))
      return undefined;
    const offset = Math.trunc(Number(this.#offset.value)) || 0;
    return {
      reference,
      renditions,
      raw,
      skip: { reference: Math.max(0, -offset), distorted: Math.max(0, offset) },
    };
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
      else given.push({ file, kind });
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
        element(
          'span',
          {},
          'First the reference, then up to four renditions: mp4, webm, mkv, Y4M, raw YUV, or images. They stay on this computer.',
        ),
      ),
      input,
    );
  }

  #render(): void {
    this.#list.replaceChildren(...this.#clips.map((clip, at) => this.#item(clip, at)));
    this.#list.hidden = this.#clips.length === 0;
    this.#options.hidden = this.#clips.length === 0;
    this.#models.element.hidden = this.#clips.length === 0;
    this.#raw.element.hidden = !this.#hasRaw;
    document.body.classList.toggle('empty', this.#clips.length === 0);
  }

  #item({ file }: GivenClip, at: number): HTMLElement {
    const isReference = at === 0;
    return element(
      'li',
      {},
      element(
        'span',
        { class: isReference ? 'mark reference' : `mark rendition-${at - 1}` },
        isReference ? 'Ref' : renditionMark(at - 1),
      ),
      element('span', { class: 'clip-name', title: file.name }, file.name),
      element('span', { class: 'clip-size' }, megabytes(sizeOf(file))),
      element(
        'span',
        { class: 'buttons' },
        ...(isReference
          ? []
          : [
              button('Make reference', () => this.#promote(at), {
                class: 'quiet',
                'aria-label': `Make reference: ${file.name}`,
              }),
            ]),
        button('✕', () => this.#remove(at), { class: 'quiet', 'aria-label': `Remove ${file.name}` }),
      ),
    );
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

function megabytes(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
