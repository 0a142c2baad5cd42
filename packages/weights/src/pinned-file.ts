/** A file on servers of others whose content is known. */
export interface PinnedFile {
  /** Its name where it is kept, and on mirrors. */
  readonly file: string;
  /** The whole SHA-256, its first digits where no more is known, or nothing where none is. */
  readonly sha256: string;
  /** Longer answers are refused. */
  readonly maxBytes: number;
}

/** Whether bytes with this digest are the file, as far as its digest is known. */
export function isPinned(digest: string, { sha256 }: Pick<PinnedFile, 'sha256'>): boolean {
  return digest.startsWith(sha256);
}
