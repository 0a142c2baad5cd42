import type { PinnedFile } from '@vqforge/weights';
import type { BappsMode } from './layout.ts';

export type ArchiveName = 'val' | 'train' | 'jnd';

/** One of the three archives that BAPPS is published in. */
export interface BappsArchive extends PinnedFile {
  readonly name: ArchiveName;
  /** The one folder of the dataset that it fills: `<mode>/<split>`. */
  readonly mode: BappsMode;
  readonly split: 'train' | 'val';
}

/** Where upstream's scripts/download_dataset.sh fetches them. */
export const BAPPS_SERVER: string = 'https://perceptual-similarity.s3.us-west-2.amazonaws.com/dataset';

/**
 * Upstream publishes no digests. Those of the 2AFC archives are what another public project has pinned; for the JND
 * archive none was found. They could not be checked against a download of our own. Lengths: about 1.1, 5.3 and
 * 0.2 GB, and as much again for safety.
 */
const ARCHIVES: readonly BappsArchive[] = [
  {
    name: 'val',
    file: 'twoafc_val.tar.gz',
    sha256: '41486671b06de923e7ba277c4797d4d9d86d609863ba35ecdb576133f8b9d859',
    maxBytes: 2.2e9,
    mode: '2afc',
    split: 'val',
  },
  {
    name: 'train',
    file: 'twoafc_train.tar.gz',
    sha256: 'b4f5c772c7cd88ac44bcb4ff0741745d434c05f0094f2bfb262ddcd0055bf393',
    maxBytes: 10.6e9,
    mode: '2afc',
    split: 'train',
  },
  {
    name: 'jnd',
    file: 'jnd.tar.gz',
    sha256: '',
    maxBytes: 0.4e9,
    mode: 'jnd',
    split: 'val',
  },
];

/** The archive of a name. */
export function bappsArchive(name: ArchiveName): BappsArchive {
  return ARCHIVES.find((archive) => archive.name === name) as BappsArchive;
}
