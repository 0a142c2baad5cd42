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
  readonly #missing = element('p', { class: 'hint' });
  #isRunning = false;

  constructor(events: RunEvents) {
    this.#button = button('Compare', () => (this.#isRunning ? events.cancel() : events.start()), {
      class: 'main',
      disabled: true,
    });
    this.element = element(
      'div',
      { class: 'run' },
      this.#button,
      this.#missing,
      this.#progress,
      this.#message,
    );
  }

  /** @param missing what is needed first; undefined where a run can start */
  setReady(missing: string | undefined): void {
    this.#button.disabled = missing !== undefined && !this.#isRunning;
    this.#missing.textContent = missing ?? '';
  }

  running(): void {
    this.#set(true, 'opening the clips');
    this.#progress.removeAttribute('value');
  }

  /**
   * @param pass what is measured in this pass over the clips
   * @param total null where it is not known
   */
  progress(pass: string, done: number, total: number | null, seconds: number): void {
    if (total !== null) this.#progress.value = Math.min(1, done / Math.max(1, total));
    const of = total === null ? '' : ` of ${total}`;
    const rate = done / Math.max(seconds, 1e-3);
    const left = total === null || done >= total ? '' : `, ${leftText((total - done) / rate)} left`;
    this.#message.textContent = `${pass}: ${done}${of} frames, ${rate.toFixed(1)} per second${left}`;
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

/** Time to wait, as it is said: seconds, then minutes. */
function leftText(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.round(seconds / 60)} min`;
}
