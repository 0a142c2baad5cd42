import type { FileContent } from './digests.ts';
import { LAYOUTS, type BappsMode } from './layout.ts';
import { readNpyNumber } from './npy.ts';
import { toPatch, type Resize } from './patch.ts';
import { readPicture } from './picture.ts';

export interface ItemContent {
  /** Pictures as patches, interleaved RGB bytes [64, 64, 3], in the order of the layout. */
  readonly patches: readonly Uint8Array[];
  /** Share of observers who found p1 closer (2AFC) or took the pair for the same (JND), in [0, 1]. */
  readonly judgement: number;
}

/** Decodes the files of an item, or says all that is wrong with them. Never rejects. */
export async function readItem(
  contents: readonly FileContent[],
  mode: BappsMode,
  resize: Resize,
): Promise<ItemContent | { readonly reason: string }> {
  const { pictures: roles, judgement: label } = LAYOUTS[mode];
  const problems: string[] = [];
  const attempt = async <T>(
    name: string,
    at: number,
    read: (bytes: Uint8Array) => T,
  ): Promise<Awaited<T>[]> => {
    const content = contents[at] as FileContent;
    try {
      if (typeof content === 'string') throw new Error(content);
      return [await read(content)];
    } catch (error) {
      problems.push(`${name} ${(error as Error).message}`);
      return [];
    }
  };
  const pictures = (await Promise.all(roles.map((role, at) => attempt(role, at, readPicture)))).flat();
  const [judgement] = await attempt(label, roles.length, readJudgement);
  const sides = [...new Set(pictures.map(({ side }) => side))];
  if (sides.length > 1) problems.push(`pictures have sides of ${sides.join(' and ')}, expected one size`);
  if (problems.length > 0) return { reason: problems.join(', ') };
  return {
    patches: pictures.map(({ rgb, side }) => toPatch(rgb, side, resize)),
    judgement: judgement as number,
  };
}

function readJudgement(npy: Uint8Array): number {
  const value = readNpyNumber(npy);
  if (!(value >= 0 && value <= 1)) throw new Error(`is ${value}, expected a number from 0 to 1`);
  return value;
}
