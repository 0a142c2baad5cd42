import type { FoundOffset } from '@vqforge/media';
import { type Pairing, pairedByNumber, pairedByTime } from '../clips/pairing.ts';
import type { ClipLook } from '../clips/probe-calls.ts';
import { button, Choice, element, labelled } from './element.ts';
import { renditionMark } from './rendition-colours.ts';

/** How frames are paired, and what comes of it. */
export class PairingForm {
  readonly element: HTMLElement;
  readonly #by: Choice<Pairing['by']>;
  readonly #offset = element('input', { type: 'number', step: 1, value: 0 });
  readonly #offsetField: HTMLElement;
  readonly #findButton: HTMLButtonElement;
  readonly #said = element('p', { class: 'hint', role: 'status' });
  readonly #found = element('ul', { class: 'hints', 'aria-label': 'Paired frames' });
  #names: readonly string[] = [];
  #looks: readonly (ClipLook | undefined)[] = [];

  /** @param find looks for the offset of each rendition: seconds where frames are paired by time, else frames */
  constructor(changed: () => void, find: (by: Pairing['by']) => Promise<readonly FoundOffset[]>) {
    this.#findButton = button('Find', () => void this.#find(find), {
      class: 'quiet',
      title: 'Look for the offset within one second, by the luma of the first three',
      'aria-label': 'Find the offset',
    });
    const update = (): void => {
      this.#render();
      changed();
    };
    this.#by = new Choice<Pairing['by']>('Pair frames by', 'number', () => {
      this.#offset.value = '0';
      update();
    });
    this.#by.setOptions([
      ['number', 'number'],
      ['time', 'time'],
    ]);
    this.#offset.addEventListener('input', update);
    this.#offsetField = labelled('', this.#offset, 'field row offset');
    this.#offsetField.append(this.#findButton);
    this.element = element(
      'div',
      { class: 'pairing' },
      element('div', { class: 'field row' }, element('span', {}, 'Pair frames by'), this.#by.element),
      this.#offsetField,
      this.#said,
      this.#found,
    );
    this.#render();
  }

  /** Takes the clips, the reference first, as far as it is known what they hold. */
  set(names: readonly string[], looks: readonly (ClipLook | undefined)[]): void {
    if (names.join('\n') !== this.#names.join('\n')) {
      this.#names = names;
      this.#said.textContent = '';
    }
    this.#looks = looks;
    this.#render();
  }

  /** Undefined where frames are to be paired by times that are not known. */
  get value(): Pairing | undefined {
    const offset = Number(this.#offset.value) || 0;
    if (this.#by.value === 'number') return pairedByNumber(Math.trunc(offset));
    const times = this.#looks.map((look) => look?.times ?? null).filter((known) => known !== null);
    return times.length < this.#looks.length ? undefined : pairedByTime(times, offset);
  }

  async #find(find: (by: Pairing['by']) => Promise<readonly FoundOffset[]>): Promise<void> {
    const by = this.#by.value;
    const names = this.#names;
    this.#findButton.disabled = true;
    this.#said.textContent = 'looking for the offset';
    const said = await find(by).then(
      (found) => (names === this.#names && by === this.#by.value ? this.#take(found) : ''),
      (error: unknown) => (error as Error).message,
    );
    this.#findButton.disabled = false;
    this.#said.textContent = said;
  }

  /** Sets the offset that all renditions have; what is said of it. */
  #take(found: readonly FoundOffset[]): string {
    const unclear = found.findIndex(({ isClear }) => !isClear);
    if (unclear >= 0)
      return `no offset of ${renditionMark(unclear)} is clearly better than others: set it by hand`;
    const offsets = found.map(({ offset }) => offset);
    const unit = this.#by.value === 'time' ? 's' : 'frames';
    const each = offsets.map((offset, at) => `${renditionMark(at)} ${offset} ${unit}`).join(', ');
    if (new Set(offsets).size > 1) return `offsets differ: ${each}; compare these renditions one by one`;
    this.#offset.value = String(offsets[0]);
    this.#offset.dispatchEvent(new Event('input'));
    return `found: ${each}`;
  }

  #render(): void {
    const isByTime = this.#by.value === 'time';
    const [label] = this.#offsetField.children;
    if (label) label.textContent = `Renditions start later by ${isByTime ? 'seconds' : 'frames'}`;
    this.#offset.step = isByTime ? '0.001' : '1';
    this.#found.replaceChildren(...this.#lines().map((line) => element('li', {}, line)));
    this.#found.hidden = this.#found.childElementCount === 0;
  }

  #lines(): string[] {
    const [reference, ...renditions] = this.#looks;
    if (reference === undefined || renditions.length === 0) return [];
    if (this.#by.value === 'number')
      return renditions.flatMap((look, at) =>
        look === undefined || isAlike(look, reference)
          ? []
          : [`${renditionMark(at)} has another frame rate than the reference: pair by time`],
      );
    const untimed = this.#looks.findIndex((look) => look !== undefined && look.times === null);
    if (untimed >= 0)
      return [`${this.#names[untimed]} does not say when its frames are shown: pair by number`];
    const pairing = this.value;
    if (pairing?.by !== 'time') return [];
    return pairing.renditions.map(({ frames, paired, farthest }, at) => {
      const first = frames.findIndex((frame) => frame >= 0);
      const start =
        first < 0
          ? ''
          : `, first ${first} ↔ ${frames[first]}, at most ${(farthest * 1e3).toFixed(1)} ms apart`;
      const left = (pairing.lengths[at] as number) - paired;
      return `${renditionMark(at)}: ${paired} of ${pairing.frames} frames paired${start}; unmatched: ${pairing.frames - paired} of the reference, ${left} of ${renditionMark(at)}`;
    });
  }
}

/** Rates that differ by less are one, written by two containers. */
function isAlike(a: ClipLook, b: ClipLook): boolean {
  if (a.frameRate === null || b.frameRate === null)
    return a.frameRate === b.frameRate || a.times === null || b.times === null;
  return Math.abs(a.frameRate / b.frameRate - 1) < 5e-4;
}
