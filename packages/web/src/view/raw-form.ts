import type { BitDepth, Chroma, RawFormat } from '@vqforge/media';
import { element, labelled } from './element.ts';

/** The form of the facts that raw YUV does not state of itself. */
export class RawForm {
  readonly element: HTMLElement;
  readonly #width = numberInput();
  readonly #height = numberInput();
  readonly #chroma = select([
    ['420', '4:2:0'],
    ['422', '4:2:2'],
    ['444', '4:4:4'],
    ['400', '4:0:0'],
  ]);
  readonly #bitDepth = select([
    ['8', '8'],
    ['10', '10'],
    ['12', '12'],
    ['16', '16'],
  ]);

  constructor(changed: () => void) {
    this.element = element(
      'fieldset',
      { class: 'raw-form' },
      element('legend', {}, 'Raw YUV holds'),
      labelled('Width', this.#width),
      labelled('Height', this.#height),
      labelled('Chroma', this.#chroma),
      labelled('Bits', this.#bitDepth),
    );
    this.element.addEventListener('input', changed);
  }

  /** Undefined while it is not filled in. */
  get value(): RawFormat | undefined {
    const [width, height] = [Number(this.#width.value), Number(this.#height.value)];
    if (!(Number.isInteger(width) && width > 0 && Number.isInteger(height) && height > 0)) return undefined;
    return {
      width,
      height,
      chroma: this.#chroma.value as Chroma,
      bitDepth: Number(this.#bitDepth.value) as BitDepth,
    };
  }
}

function numberInput(): HTMLInputElement {
  return element('input', { type: 'number', min: 1, max: 65_535, step: 1, inputmode: 'numeric' });
}

function select(options: readonly (readonly [value: string, label: string])[]): HTMLSelectElement {
  return element('select', {}, ...options.map(([value, label]) => element('option', { value }, label)));
}
