import { verifyProvenance } from '@vqforge/audit';
import { CommandExit, EXIT } from '../exit-codes.ts';
import { countText, findingText } from '../finding-text.ts';
import { printable } from '../printable.ts';
import type { CommandContext } from '../command-shape.ts';
import type { ProvenanceVerifyFlags } from '../commands/provenance.ts';

export async function provenanceVerifyCommand(
  file: string,
  flags: ProvenanceVerifyFlags,
  { place }: CommandContext,
): Promise<void> {
  const { checked, findings } = await verifyProvenance({ file, root: flags.root ?? place.root });
  const lines = [
    ...checked.map((path) => printable(`compared ${path}`)),
    ...findings.map((finding) => findingText(finding, finding.file)),
    countText(findings),
  ];
  process.stdout.write(`${flags.json === true ? JSON.stringify({ checked, findings }) : lines.join('\n')}\n`);
  if (findings.some(({ severity }) => severity === 'error')) throw new CommandExit(EXIT.findings);
}
