import { counted } from '@vqforge/base';
import { CorpusFolder, readCorpusState } from '@vqforge/corpus';
import type { CommandContext } from '../command-shape.ts';
import type { CorpusRetryFlags } from '../commands/corpus.ts';
import { printable } from '../printable.ts';
import { shownPath } from '../shown-path.ts';

export async function corpusRetryCommand(
  path: string,
  flags: CorpusRetryFlags,
  _context: CommandContext,
): Promise<void> {
  const folder = new CorpusFolder(path);
  const { dead } = await readCorpusState(folder, { whole: false });
  const ids = [...new Set(dead.map(({ id }) => id))];
  for (const id of ids) await folder.letters.remove(id);
  process.stdout.write(
    flags.json === true
      ? `${JSON.stringify({ again: ids })}\n`
      : printable(
          `${counted(ids.length, 'pair')} will be tried again by the next vqforge corpus run --out ${shownPath(folder.path)}`,
        ) + '\n',
  );
}
