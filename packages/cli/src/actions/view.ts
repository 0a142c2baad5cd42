import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { servePage } from '@vqforge/serve';
import { openBrowser } from '../open-browser.ts';
import type { CommandContext } from '../command-shape.ts';
import type { ViewFlags } from '../commands/view.ts';
import { closeOnSignal } from '../close-on-signal.ts';
import { printResult } from '../terminal-text.ts';
import { UsageError } from '../usage-error.ts';

/** The built page: in the installed package, or in the clone that it was built in. */
const PAGES = ['../page', '../../web/page'];
/** LPIPS models, which do not come with the page; it checks them against its own pins. */
const LPIPS_FILES = ['lpips_sq.onnx', 'lpips_sq_maps.onnx'];
const MOST_FILES = 5;

/** Serves the page until a signal, and ends with the signal's exit code. */
export async function viewCommand(
  files: readonly string[],
  flags: ViewFlags,
  { signal, place }: CommandContext,
): Promise<void> {
  if (files.length > MOST_FILES)
    throw new UsageError(
      `${files.length} files, expected a reference and up to four renditions; leave some out`,
    );
  const server = await servePage({
    page: pageFolder(),
    clips: files,
    models: modelsOf(place.registry(flags.registry)),
    port: flags.port,
  });
  // `?local` says that files lie beside the page, which it would not ask for otherwise
  const url = `${server.url}?local`;
  printResult(flags, { url }, [`the page is at ${url}`]);
  if (flags.open) openBrowser(url);
  return closeOnSignal(server, signal);
}

/** @throws UsageError where the page is not built */
function pageFolder(): string {
  const folders = PAGES.map((path) => fileURLToPath(new URL(path, import.meta.url)));
  const found = folders.find((folder) => existsSync(join(folder, 'index.html')));
  if (found !== undefined) return found;
  throw new UsageError('the page is not built, expected it at packages/web/page; run npm run build');
}

/** Model files of LPIPS beside a registry, as far as they are there. */
function modelsOf(registry: string): string[] {
  const folder = /\.json$/i.test(registry) ? dirname(registry) : registry;
  return LPIPS_FILES.map((name) => join(folder, name)).filter((path) =>
    statSync(path, { throwIfNoEntry: false })?.isFile(),
  );
}
