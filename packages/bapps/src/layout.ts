/** Which kind of judgement: which of two is closer to a reference, or whether two look the same. */
export type BappsMode = '2afc' | 'jnd';

/** The folders of a set: the pictures in the order of their use, then the judgement. */
interface SetLayout {
  readonly pictures: readonly string[];
  readonly judgement: string;
  /** What one line of the set is called. */
  readonly item: string;
  /** The sets that are evaluated when none is named, as upstream does. */
  readonly defaultSets: readonly string[];
}

/** @see https://github.com/richzhang/PerceptualSimilarity#2-berkeley-adobe-perceptual-patch-similarity-bapps-dataset */
export const LAYOUTS: Readonly<Record<BappsMode, SetLayout>> = {
  '2afc': {
    pictures: ['ref', 'p0', 'p1'],
    judgement: 'judge',
    item: 'triplet',
    defaultSets: ['val/traditional', 'val/cnn', 'val/superres', 'val/deblur', 'val/color', 'val/frameinterp'],
  },
  jnd: {
    pictures: ['p0', 'p1'],
    judgement: 'same',
    item: 'pair',
    defaultSets: ['val/traditional', 'val/cnn'],
  },
};

/** Side of the patches that people were shown and that metrics are judged on, pixels. */
export const PATCH_SIDE = 64;
