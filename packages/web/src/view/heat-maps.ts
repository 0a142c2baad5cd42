import type { Heat, HeatReply, HeatRequest } from '../clips/heat-calls.ts';
import { startWorker } from '../start-worker.ts';
import { WorkerCalls } from './worker-calls.ts';

/** Which frame of which rendition. */
interface HeatPlace {
  readonly frame: number;
  readonly rendition: number;
}

/**
 * Heat maps of the frames of one run, computed in a thread of their own when they are wanted. All have one scale: that of the
 * frame with the largest distance.
 */
export class HeatMaps {
  readonly #request: (place: HeatPlace) => Omit<HeatRequest, 'id' | 'top'>;
  readonly #worst: HeatPlace;
  readonly #calls = new WorkerCalls<HeatRequest, HeatReply>(
    () => startWorker('heat'),
    'the thread that computes heat maps has failed; run the comparison again',
  );
  #top: Promise<number> | undefined;
  #last: { readonly key: string; readonly heat: Promise<Heat> } | undefined;

  /** @param worst frame of the largest distance, which sets the scale */
  constructor(request: (place: HeatPlace) => Omit<HeatRequest, 'id' | 'top'>, worst: HeatPlace) {
    this.#request = request;
    this.#worst = worst;
  }

  /** @throws Error with what went wrong */
  async heat(place: HeatPlace): Promise<Heat> {
    this.#top ??= this.#heat(this.#worst).then(({ top }) => top);
    return this.#heat(place, await this.#top);
  }

  close(): void {
    this.#calls.close();
  }

  #heat(place: HeatPlace, top?: number): Promise<Heat> {
    const key = `${place.frame} ${place.rendition}`;
    if (this.#last?.key === key) return this.#last.heat;
    const heat = this.#calls.call({ ...this.#request(place), top }).then((reply) => reply.heat);
    this.#last = { key, heat };
    return heat;
  }
}
