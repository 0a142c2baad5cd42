import { join, resolve } from 'node:path';
import { formatRegistry } from '@vqforge/artifact';
import {
  isInstalled,
  makeFolder,
  readIfPresent,
  WORKSPACE_FILE,
  workspaceFolders,
  workspaceText,
  writeDocuments,
} from '@vqforge/artifact/node';
import type { InitFlags } from '../commands/init.ts';
import { shippedRegistry } from '../place.ts';
import { printResult, shownPath } from '../terminal-text.ts';
import { shellWord } from '../shell-word.ts';
import { UsageError } from '../usage-error.ts';

/** No workspace file is near that. */
const MAX_BYTES = 65_536;

/** Makes a folder a workspace; what is there stays as it is. */
export async function initCommand(folder: string, flags: InitFlags): Promise<void> {
  const root = resolve(folder);
  if (isInstalled(root))
    throw new UsageError(`${root} lies below node_modules, where the next installation erases it`);
  const file = join(root, WORKSPACE_FILE);
  const isNew = (await readIfPresent(file, MAX_BYTES)) === undefined;
  if (isNew) {
    const folders = workspaceFolders(root);
    for (const path of Object.values(folders)) await makeFolder(path);
    const registry = join(folders.model, 'registry.json');
    const isEmpty = (await readIfPresent(registry, Infinity)) === undefined;
    await writeDocuments([
      ...(isEmpty ? [{ path: registry, text: formatRegistry({ schema_version: 2, models: [] }) }] : []),
      { path: file, text: workspaceText() },
    ]);
  }
  const shipped = shippedRegistry();
  const lines = isNew
    ? [
        `workspace ${shownPath(root)}: datasets/ for tables, runs/ for evidence, model/tiny/ for pinned models`,
        ...(shipped === undefined
          ? []
          : [
              `the shipped models: vqforge registry import fr_regressor_v1 --from ${shellWord(shownPath(shipped))}`,
            ]),
      ]
    : [`${shownPath(root)} is a workspace already: ${WORKSPACE_FILE} stays as it is`];
  printResult(flags, { root, file, created: isNew }, lines);
}
