import type { ClipLook } from '../clips/probe-calls.ts';

/** What a clip says of itself, in one line. */
export function lookText({ width, height, chroma, bitDepth, frameRate, frames }: ClipLook): string {
  const rate = frameRate === null ? [] : [`${Number(frameRate.toFixed(3))} fps`];
  const count = frames === null ? [] : [frames === 1 ? '1 frame' : `${frames} frames`];
  return [`${width}×${height}`, chroma, `${bitDepth} bit`, ...rate, ...count].join(' · ');
}
