import type { ClipFile } from '../clips/clip-file.ts';
import { button, element } from './element.ts';

/** Kinds of model files that can be given to the page. */
type GivenKind = 'lpips' | 'teacher';

interface GivenModel {
  readonly file: ClipFile;
  readonly isWanted: boolean;
}

/** The models that score: the one that comes with the page, and those that were given to it. */
export class ModelPanel {
  readonly element: HTMLElement;
  readonly #list = element('ul', { class: 'models', 'aria-labelledby': 'models-title' });
  readonly #changed: () => void;
  readonly #given = new Map<GivenKind, GivenModel>();

  constructor(changed: () => void) {
    this.#changed = changed;
    this.element = element(
      'div',
      { class: 'model-panel' },
      element('h3', { id: 'models-title' }, 'Models'),
      this.#list,
      element(
        'p',
        { class: 'hint' },
        'Drop an LPIPS model (.onnx) or a model of libvmaf (.json) to add its score.',
      ),
    );
    this.#render();
  }

  /** Model files that the next run uses. */
  get chosen(): { readonly lpips: ClipFile | undefined; readonly teacher: ClipFile | undefined } {
    const wanted = (kind: GivenKind): ClipFile | undefined => {
      const given = this.#given.get(kind);
      return given?.isWanted === true ? given.file : undefined;
    };
    return { lpips: wanted('lpips'), teacher: wanted('teacher') };
  }

  /** Takes a model file in place of the last one of its kind; it is checked when it is used. */
  take(kind: GivenKind, file: ClipFile, isWanted = true): void {
    this.#given.set(kind, { file, isWanted });
    this.#render();
    this.#changed();
  }

  #render(): void {
    this.#list.replaceChildren(
      element(
        'li',
        {},
        element('span', {}, 'fr_regressor_v1'),
        element('span', { class: 'hint' }, 'built in'),
      ),
      ...[...this.#given].map(([kind, given]) => this.#item(kind, given)),
    );
  }

  #item(kind: GivenKind, { file, isWanted }: GivenModel): HTMLElement {
    const use = element('input', { type: 'checkbox', id: `use-${kind}`, checked: isWanted });
    use.addEventListener('change', () => this.take(kind, file, use.checked));
    return element(
      'li',
      {},
      element('label', { for: `use-${kind}` }, use, ` ${TITLES[kind]}: ${file.name}`),
      button(
        '✕',
        () => {
          this.#given.delete(kind);
          this.#render();
          this.#changed();
        },
        { class: 'quiet', 'aria-label': `Remove ${file.name}` },
      ),
    );
  }
}

const TITLES: Readonly<Record<GivenKind, string>> = { lpips: 'LPIPS', teacher: 'VMAF' };
