import type { Heat, HeatReply, HeatRequest } from '../clips/heat-calls.ts';
import { WorkerCalls } from './worker-calls.ts';

/** A heat map with the scale of its run: values from 0 to `top` have a colour each, what is above has the last one. */
export interface ScaledHeat extends Heat {
  readonly top: number;
}

/** Which frame of which rendition. */
interface HeatPlace {
  readonly frame: number;
  readonly rendition: number;
}

/** Share of the values of the worst frame that lie below the top of the scale. */
const TOP_SHARE = 0.999;

/**
 * Heat maps of the frames of one run, computed in a thread of their own when they are wanted. All have one scale: that of the
 * frame with the largest distance.
 */
export class HeatMaps {
  readonly #request: (place: HeatPlace) => Omit<HeatRequest, 'id'>;
  readonly #worst: HeatPlace;
  readonly #calls = new WorkerCalls<HeatRequest, HeatReply>(
    new Worker(new URL('../scoring/heat-worker.ts', import.meta.url), { type: 'module' }),
    'the thread that computes heat maps has failed; run the comparison again',
  );
  #top: Promise<number> | undefined;
  #last: { readonly key: string; readonly heat: Promise<Heat> } | undefined;

  /** @param worst frame of the largest distance, which sets the scale */
  constructor(request: (place: HeatPlace) => Omit<HeatRequest, 'id'>, worst: HeatPlace) {
    this.#request = request;
    this.#worst = worst;
  }

  /** @throws Error with what went wrong */
  async heat(place: HeatPlace): Promise<ScaledHeat> {
    this.#top ??= this.#heat(this.#worst).then(({ values }) => topOf(values));
    const top = await this.#top;
    return { ...(await this.#heat(place)), top };
  }

  close(): void {
    this.#calls.close();
  }

  #heat(place: HeatPlace): Promise<Heat> {
    const key = `${place.frame} ${place.rendition}`;
    if (this.#last?.key === key) return this.#last.heat;
    const heat = this.#calls.call(this.#request(place)).then((reply) => reply.heat);
    this.#last = { key, heat };
    return heat;
  }
}

function topOf(values: Float32Array): number {
  const sorted = values.slice().sort();
  return sorted[Math.floor((sorted.length - 1) * TOP_SHARE)] || 1;
}
