import { type ClipFile, isSmaller, type PictureSize, sizeOf } from '../clips/clip-file.ts';
import type { ClipKind } from '../clips/clip-kind.ts';
import type { ClipLook } from '../clips/probe-calls.ts';
import { button, element } from './element.ts';
import { renditionMark } from './rendition-colours.ts';

/** A file with what its first bytes say it is, and what was found in it. */
export interface GivenClip {
  readonly file: ClipFile;
  readonly kind: ClipKind;
  look?: ClipLook;
  /** Why it cannot be read. */
  problem?: string;
  /** Whether it is to be brought to the reference's size. */
  isScaled: boolean;
}

interface ItemEvents {
  readonly remove: () => void;
  readonly promote: () => void;
  readonly scaled: () => void;
}

/**
 * A clip in the list.
 *
 * @param at its place; the first is the reference
 * @param whole size of the reference, once it is known
 * @param needsForm whether the form of raw YUV is still to be filled in
 */
export function clipItem(
  clip: GivenClip,
  at: number,
  whole: PictureSize | undefined,
  needsForm: boolean,
  { remove, promote, scaled }: ItemEvents,
): HTMLElement {
  const { file, problem } = clip;
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
    button('✕', remove, {
      class: 'quiet remove',
      title: 'Remove',
      'aria-label': `Remove ${file.name}`,
    }),
    problem === undefined
      ? element('span', { class: 'clip-look' }, lookOf(clip, needsForm))
      : element('span', { class: 'clip-look failure' }, problem),
    ...scaling(clip, at, whole, scaled),
    ...(isReference
      ? []
      : [
          button('Make reference', promote, {
            class: 'quiet promote',
            'aria-label': `Make reference: ${file.name}`,
          }),
        ]),
  );
}

function lookOf({ kind, look }: GivenClip, needsForm: boolean): string {
  if (look !== undefined) return lookText(look);
  if (kind === 'unknown' && needsForm)
    return 'no clip that is known; if it is raw YUV, fill in its size below';
  return 'looking at it …';
}

/** Asks whether a rendition that is smaller is to be scaled. */
function scaling(
  clip: GivenClip,
  at: number,
  whole: PictureSize | undefined,
  changed: () => void,
): HTMLElement[] {
  if (whole === undefined || clip.look === undefined || !isSmaller(clip.look, whole)) {
    clip.isScaled = false;
    return [];
  }
  const box = element('input', { type: 'checkbox', id: `scale-${at}`, checked: clip.isScaled });
  box.addEventListener('change', () => {
    clip.isScaled = box.checked;
    changed();
  });
  const text = ` Scale to ${whole.width}×${whole.height} (bicubic)`;
  return [element('label', { class: 'clip-scale', for: box.id }, box, text)];
}

/** What a clip says of itself, in one line. */
function lookText({ width, height, chroma, bitDepth, frameRate, frames }: ClipLook): string {
  const rate = frameRate === null ? [] : [`${Number(frameRate.toFixed(3))} fps`];
  const count = frames === null ? [] : [frames === 1 ? '1 frame' : `${frames} frames`];
  return [`${width}×${height}`, chroma, `${bitDepth} bit`, ...rate, ...count].join(' · ');
}

function megabytes(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
