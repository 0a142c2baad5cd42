import type { ClipFile } from './clip-file.ts';

/** The files that `vqforge view` serves beside the page. */
interface LocalFiles {
  readonly clips: readonly ClipFile[];
  /** Model files of LPIPS. */
  readonly models: readonly ClipFile[];
}

interface ListedFile {
  readonly name: string;
  readonly url: string;
  readonly size: number;
}

/** The files that are served beside the page; none where it did not come from the command, whose address ends in `?local`. */
export async function localFiles(): Promise<LocalFiles> {
  const none = { clips: [], models: [] };
  if (!new URLSearchParams(location.search).has('local')) return none;
  const response = await fetch(new URL('local/files.json', document.baseURI)).catch(() => undefined);
  if (response?.ok !== true) return none;
  const listed = (await response.json()) as {
    readonly clips: readonly ListedFile[];
    readonly models: readonly ListedFile[];
  };
  return { clips: listed.clips.map(clipFile), models: listed.models.map(clipFile) };
}

function clipFile({ name, url, size }: ListedFile): ClipFile {
  return { name, bytes: { url: new URL(url, document.baseURI).href, size } };
}
