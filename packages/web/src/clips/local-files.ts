import type { ClipFile } from './clip-file.ts';

/** What `vqforge view` serves beside the page. */
interface LocalFiles {
  readonly clips: readonly ClipFile[];
  /** Addresses of model files. */
  readonly models: readonly string[];
}

/** What is served beside the page; nothing where it did not come from the command, whose address ends in `?local`. */
export async function localFiles(): Promise<LocalFiles> {
  const none = { clips: [], models: [] };
  if (!new URLSearchParams(location.search).has('local')) return none;
  const response = await fetch(addressOf('local/files.json')).catch(() => undefined);
  if (response?.ok !== true) return none;
  const listed = (await response.json()) as {
    readonly clips: readonly { readonly name: string; readonly url: string; readonly size: number }[];
    readonly models: readonly string[];
  };
  return {
    clips: listed.clips.map(({ name, url, size }) => ({ name, bytes: { url: addressOf(url), size } })),
    models: listed.models.map(addressOf),
  };
}

function addressOf(path: string): string {
  return new URL(path, document.baseURI).href;
}
