import type { PatchTriplet } from './triplet-files.ts';
import { PATCH_SIDE, storedPng } from '@vqforge/bapps';
import type { Judges } from './judges.ts';
import { markup, type Markup } from './markup.ts';
import { percent } from './numbers.ts';

/** A triplet that judges and the metric see differently: the nearer one by each is named below it. */
export function tripletMarkup({ set, id, d0, d1, judge, patches }: PatchTriplet, judges: Judges): Markup {
  const [reference, p0, p1] = patches as [Uint8Array, Uint8Array, Uint8Array];
  const people = (share: number): string => `${percent(share, 0)} ${judges.share}`;
  return markup`<figure><h3>${set} ${id}</h3><div class="triplet">
${pictureMarkup('p0', p0, `${people(1 - judge)}, distance ${distance(d0)}`)}${pictureMarkup('reference', reference, '')}${pictureMarkup('p1', p1, `${people(judge)}, distance ${distance(d1)}`)}</div></figure>
`;
}

function pictureMarkup(name: string, rgb: Uint8Array, words: string): Markup {
  const png = Buffer.from(storedPng(rgb, PATCH_SIDE, PATCH_SIDE)).toString('base64');
  return markup`<div><img src="data:image/png;base64,${png}" width="${PATCH_SIDE}" height="${PATCH_SIDE}" alt="${name}"><p><b>${name}</b> ${words}</p></div>`;
}

/** Four digits tell distances apart. */
function distance(value: number): string {
  return String(Number(value.toPrecision(4)));
}
