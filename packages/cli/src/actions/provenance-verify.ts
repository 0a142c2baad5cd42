import { verifyProvenance } from '@vqforge/audit';
import { CommandExit, EXIT } from '../exit-codes.ts';
import { countText, findingLines } from '../finding-text.ts';
import { printResult } from '../terminal-text.ts';
import type { CommandContext } from '../command-shape.ts';
import type { ProvenanceVerifyFlags } from '../commands/provenance.ts';

/** `vqforge provenance verify`: exit code 1 where a named file differs. */
export async function provenanceVerifyCommand(
  file: string,
  flags: ProvenanceVerifyFlags,
  { place }: CommandContext,
): Promise<void> {
  const { checked, findings } = await verifyProvenance({ file, root: flags.root ?? place.root });
  printResult(flags, { checked, findings }, [
    ...checked.map((path) => `compared ${path}`),
    ...findings.flatMap((finding) => findingLines(finding)),
    countText(findings),
  ]);
  if (findings.some(({ severity }) => severity === 'error')) throw new CommandExit(EXIT.findings);
}
