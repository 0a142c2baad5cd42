import { button, element } from './element.ts';

interface RunEvents {
  readonly start: () => void;
  readonly cancel: () => void;
}

/** The button that starts and cancels, and how far a run is. */
export class RunPanel {
  readonly element: HTMLElement;
  readonly #button: HTMLButtonElement;
  readonly #progress = element('progress', { max: 1, value: 0, hidden: true, 'aria-label': 'Progress' });
  readonly #message = element('p', { class: 'message', role: 'status' });
  #isRunning = false;

  constructor(events: RunEvents) {
    this.#button = button('Compare', () => (this.#isRunning ? events.cancel() : events.start()), {
      class: 'main',
      disabled: true,
    });
    this.element = element('div', { class: 'run' }, this.#button, this.#progress, this.#message);
  }

  setReady(isReady: boolean): void {
    this.#button.disabled = !isReady && !this.#isRunning;
  }

  running(): void {
    this.#set(true, 'opening the clips');
    this.#progress.removeAttribute('value');
  }

  /** @param total null where it is not known */
  progress(done: number, total: number | null, perSecond: number): void {
    if (total !== null) this.#progress.value = Math.min(1, done / Math.max(1, total));
    const of = total === null ? '' : ` of ${total}`;
    this.#message.textContent = `${done}${of} frames, ${perSecond.toFixed(1)} per second`;
  }

  ended(message: string, isFailure = false): void {
    this.#set(false, message);
    this.#message.classList.toggle('failure', isFailure);
  }

  #set(isRunning: boolean, message: string): void {
    this.#isRunning = isRunning;
    this.#button.textContent = isRunning ? 'Cancel' : 'Compare';
    this.#button.disabled = false;
    this.#progress.hidden = !isRunning;
    this.#message.classList.remove('failure');
    this.#message.textContent = message;
  }
}
