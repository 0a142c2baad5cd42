import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseAuditPolicy } from '@vqforge/artifact';
import { WORKSPACE_FILE, workspaceFolders } from '@vqforge/artifact/node';
import { audit, type AuditReport, type FoldTraining, type Lineage } from '@vqforge/audit';
import { readVerificationKey } from '@vqforge/registry/node';
import { CommandExit, EXIT } from '../exit-codes.ts';
import { countText, findingSubject, findingText } from '../finding-text.ts';
import { readInput } from '../input-file.ts';
import type { Place } from '../place.ts';
import { Progress } from '../progress.ts';
import { printable } from '../printable.ts';
import type { CommandContext } from '../command-shape.ts';
import type { AuditFlags } from '../commands/audit.ts';
import { UsageError } from '../usage-error.ts';

export async function auditCommand(
  flags: AuditFlags,
  { place, version, signal }: CommandContext,
): Promise<void> {
  const { policy, key, previous, privateNames, lineage: id } = flags;
  const today = new Date().toISOString().slice(0, 'YYYY-MM-DD'.length);
  const root = flags.root ?? auditedRoot(place);
  const progress = new Progress({ quiet: flags.quiet === true || flags.json === true });
  const report = await audit({
    root,
    today,
    ...(policy === undefined
      ? {}
      : { policy: parseAuditPolicy(await readInput(policy, '--policy', signal)) }),
    ...(key === undefined ? {} : { key: await readVerificationKey(key, signal) }),
    ...(previous === undefined ? {} : { previous }),
    ...(privateNames === undefined ? {} : { privateNames }),
    ...(flags.retrainFolds === undefined
      ? {}
      : { foldTraining: foldTraining(flags.retrainFolds, root, progress, signal) }),
  }).finally(() => progress.stop());
  const lineage = id === undefined ? [] : lineageOf(report, id);
  const { findings, verified, skipped, retrained } = report;
  if (flags.json === true) {
    // the one part that may differ between two machines
    const environment = {
      vqforge: version,
      node: process.version,
      platform: process.platform,
      arch: process.arch,
      today,
    };
    const ancestry = id === undefined ? {} : { lineage };
    const trained = flags.retrainFolds === undefined ? {} : { retrained };
    process.stdout.write(
      `${JSON.stringify({ environment, verified, skipped, findings, ...ancestry, ...trained })}\n`,
    );
  } else
    process.stdout.write(
      `${[...lineage.flatMap((tree) => treeLines(tree)), ...reportLines(report)].join('\n')}\n`,
    );
  if (findings.some(({ severity }) => severity === 'error')) throw new CommandExit(EXIT.findings);
}

/** On all processors, from the tables of the audited tree. */
function foldTraining(folds: number, root: string, progress: Progress, signal: AbortSignal): FoldTraining {
  return {
    folds,
    train: async (sidecar, sources) => {
      progress.line(`training ${sidecar.id} again without ${sources.join(', ')}`);
      // half a second to load, for those who train
      const { retrainFolds } = await import('@vqforge/pipeline');
      return retrainFolds(sidecar, sources, {
        from: [join(root, 'datasets')],
        workers: availableParallelism(),
        onProgress: (done, total) => progress.update(done, total),
        signal,
      });
    },
  };
}

/** The audit knows the three folders by their usual names. */
function auditedRoot(place: Place): string {
  const workspace = place.workspace('what is audited without --root');
  const usual = workspaceFolders(workspace.root);
  const isUsual = (['datasets', 'runs', 'model'] as const).every((kind) => workspace[kind] === usual[kind]);
  if (isUsual) return workspace.root;
  throw new UsageError(
    `audit reads model/, datasets/ and runs/, and ${WORKSPACE_FILE} of ${workspace.root} names other folders; leave folders out there`,
  );
}

function lineageOf({ lineage }: AuditReport, id: string): Lineage[] {
  const found = lineage.filter((tree) => tree.id === id);
  if (found.length > 0) return found.map((tree) => tree.lineage);
  const known = lineage.map((tree) => tree.id).join(', ');
  throw new UsageError(`--lineage: no registry here pins ${id}, expected one of: ${known}`);
}

function reportLines({ findings, verified, skipped, retrained }: AuditReport): string[] {
  return [
    ...findings.map((finding) => findingText(finding, findingSubject(finding))),
    ...verified.map((id) => printable(`verified ${id}`)),
    ...skipped.map((id) => printable(`skipped  ${id}: pinned, not shipped, not here`)),
    ...retrained.map(({ id, sources }) => printable(`trained  ${id} again without ${sources.join(', ')}`)),
    countText(findings),
  ];
}

/** A tree with one line per node; what it was made from is below it. */
function treeLines({ what, sha256, content, url, file, from }: Lineage, lead = '', branch = ''): string[] {
  const facts = [
    what,
    ...(file === undefined ? [] : [file]),
    ...(sha256 === undefined ? [] : [`sha256 ${sha256}`]),
    ...(content === undefined ? [] : [`content ${content}`]),
    ...(url === undefined ? [] : [url]),
  ];
  const below = branch === '' ? '' : lead + (branch === '└─ ' ? '   ' : '│  ');
  return [
    lead + branch + printable(facts.join('  ')),
    ...from.flatMap((node, index) => treeLines(node, below, index === from.length - 1 ? '└─ ' : '├─ ')),
  ];
}
