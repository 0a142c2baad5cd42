import { assembleCorpus, CorpusFolder, readCorpusState } from '@vqforge/corpus';
import { type CommandContext } from '../command-shape.ts';
import type { CorpusAssembleFlags } from '../commands/corpus.ts';
import { assemblyLines } from '../corpus-lines.ts';
import { printable } from '../printable.ts';

export async function corpusAssembleCommand(
  path: string,
  flags: CorpusAssembleFlags,
  { signal }: CommandContext,
): Promise<void> {
  const folder = new CorpusFolder(path);
  const state = await readCorpusState(folder, { whole: true });
  const assembly = await assembleCorpus({ folder, partial: flags.partial === true, state, signal });
  const { table, sha256, rows, pairs, missing } = assembly;
  process.stdout.write(
    flags.json === true
      ? `${JSON.stringify({ table, sha256, rows, pairs, missing: missing.map(({ pair, why }) => ({ source: pair.source, dis_basename: pair.disBasename, why })) })}\n`
      : assemblyLines(assembly, state.recorded.run.measurement.teacher === null)
          .map((line) => `${printable(line)}\n`)
          .join(''),
  );
}
