import type { Picture } from '../clips/frame-calls.ts';
import type { Heat } from '../clips/heat-calls.ts';
import { element } from './element.ts';

/** How two pictures are laid over or beside each other. */
export type Mode = 'wipe' | 'side' | 'difference' | 'heat';

/** Columns between pictures that stand side by side. */
const GAP = 8;
/** Differences of codes are shown so many times as large. */
const GAIN = 4;

/** Two pictures on one canvas, pixel for pixel. */
export class FrameCanvas {
  readonly canvas: HTMLCanvasElement = element('canvas', { width: 16, height: 9, role: 'img' });
  #heat: Heat | undefined;
  #pictures: { readonly reference: Picture; readonly distorted: Picture } | undefined;

  /** Takes the pictures that are drawn from now on. */
  set(reference: Picture, distorted: Picture): void {
    this.#pictures = { reference, distorted };
    this.#heat = undefined;
  }

  /** Takes the heat map of these pictures. */
  setHeat(heat: Heat): void {
    this.#heat = heat;
  }

  get hasHeat(): boolean {
    return this.#heat !== undefined;
  }

  /** @param wipe share of the width, from the left, that shows the reference */
  draw(mode: Mode, wipe: number): void {
    if (this.#pictures === undefined) return;
    const { reference, distorted } = this.#pictures;
    const { width, height } = reference;
    const wide = mode === 'side' ? 2 * width + GAP : width;
    if (this.canvas.width !== wide) this.canvas.width = wide;
    if (this.canvas.height !== height) this.canvas.height = height;
    const context = this.canvas.getContext('2d') as CanvasRenderingContext2D;
    context.clearRect(0, 0, wide, height);
    context.drawImage(reference.bitmap, 0, 0);
    const over = mode === 'heat' && this.#heat !== undefined ? this.#heat : distorted;
    DRAW[mode](context, over.bitmap, { width, height, wipe });
  }

  /** R'G'B' codes of both pictures at a pixel of the canvas; undefined beside them. */
  codesAt(
    mode: Mode,
    x: number,
    y: number,
  ): { x: number; y: number; reference: string; distorted: string; heat: string | undefined } | undefined {
    if (this.#pictures === undefined) return undefined;
    const { reference, distorted } = this.#pictures;
    const column = mode === 'side' && x >= reference.width + GAP ? x - reference.width - GAP : x;
    if (column < 0 || y < 0 || column >= reference.width || y >= reference.height) return undefined;
    const heat = mode === 'heat' ? this.#heat?.values[y * reference.width + column]?.toFixed(4) : undefined;
    return {
      x: column,
      y,
      reference: codes(reference, column, y),
      distorted: codes(distorted, column, y),
      heat,
    };
  }
}

interface Layout {
  readonly width: number;
  readonly height: number;
  readonly wipe: number;
}

/** The distorted picture, over the reference that is drawn already. */
const DRAW: Readonly<
  Record<Mode, (context: CanvasRenderingContext2D, distorted: ImageBitmap, layout: Layout) => void>
> = {
  wipe: (context, distorted, { width, height, wipe }) => {
    const x = Math.round(width * wipe);
    if (x < width) context.drawImage(distorted, x, 0, width - x, height, x, 0, width - x, height);
    context.fillStyle = '#fff';
    // two pixels on a desk, and still seen where the picture is made small
    const line = Math.max(2, Math.round(width / 300));
    context.fillRect(x - line / 2, 0, line, height);
  },
  side: (context, distorted, { width }) => context.drawImage(distorted, width + GAP, 0),
  heat: (context, heat) => context.drawImage(heat, 0, 0),
  difference: (context, distorted, { width, height }) => {
    context.globalCompositeOperation = 'difference';
    context.drawImage(distorted, 0, 0);
    context.globalCompositeOperation = 'lighter';
    // each pass doubles what is there
    for (let gain = 1; gain < GAIN; gain *= 2) context.drawImage(context.canvas, 0, 0, width, height);
    context.globalCompositeOperation = 'source-over';
  },
};

function codes({ width, rgba }: Picture, x: number, y: number): string {
  const at = 4 * (y * width + x);
  return `${rgba[at]} ${rgba[at + 1]} ${rgba[at + 2]}`;
}
