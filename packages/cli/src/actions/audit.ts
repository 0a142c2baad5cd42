import { defined } from '@vqforge/base';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseAuditPolicy } from '@vqforge/artifact';
import { WORKSPACE_FILE, workspaceFolders } from '@vqforge/artifact/node';
import { audit, type AuditReport, type FoldTraining, type Lineage } from '@vqforge/audit';
import { readVerificationKey } from '@vqforge/registry/node';
import { CommandExit, EXIT } from '../exit-codes.ts';
import { countText, findingLines } from '../finding-text.ts';
import { readInput } from '../input-file.ts';
import type { Place } from '../place.ts';
import { Progress } from '../progress.ts';
import type { CommandContext } from '../command-shape.ts';
import { printResult } from '../terminal-text.ts';
import { today } from '../today.ts';
import type { AuditFlags } from '../commands/audit.ts';
import { UsageError } from '../usage-error.ts';

/** `vqforge audit`: prints the findings; exit code 1 where one is an error. */
export async function auditCommand(
  flags: AuditFlags,
  { place, version, signal }: CommandContext,
): Promise<void> {
  const { policy, key, previous, privateNames, lineage: id, retrainFolds: folds } = flags;
  const root = flags.root ?? auditedRoot(place);
  const progress = new Progress(flags);
  const report = await audit({
    root,
    today: today(),
    ...defined({
      policy:
        policy === undefined ? undefined : parseAuditPolicy(await readInput(policy, '--policy', signal)),
      key: key === undefined ? undefined : await readVerificationKey(key, signal),
      previous,
      privateNames,
      foldTraining: folds === undefined ? undefined : foldTraining(folds, root, progress, signal),
    }),
  }).finally(() => progress.stop());
  const lineage = id === undefined ? [] : lineageOf(report, id);
  const { findings, verified, skipped, retrained } = report;
  const document = {
    // the one part that may differ between two machines
    environment: {
      vqforge: version,
      node: process.version,
      platform: process.platform,
      arch: process.arch,
      today: today(),
    },
    verified,
    skipped,
    findings,
    ...(id === undefined ? {} : { lineage }),
    ...(folds === undefined ? {} : { retrained }),
  };
  printResult(flags, document, [...lineage.flatMap((tree) => treeLines(tree)), ...reportLines(report)]);
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
    ...findings.flatMap((finding) => findingLines(finding)),
    ...verified.map((id) => `verified ${id}`),
    ...skipped.map((id) => `skipped  ${id}: pinned, not shipped, not here`),
    ...retrained.map(({ id, sources }) => `trained  ${id} again without ${sources.join(', ')}`),
    countText(findings),
  ];
}

/** A tree with one line per node; what it was made from is below it. */
function treeLines({ what, sha256, content, url, file, from }: Lineage, lead = '', branch = ''): string[] {
  const facts = [what, file, sha256 && `sha256 ${sha256}`, content && `content ${content}`, url];
  const below = branch === '' ? '' : lead + (branch === '└─ ' ? '   ' : '│  ');
  return [
    lead + branch + facts.filter((fact) => fact !== undefined).join('  '),
    ...from.flatMap((node, index) => treeLines(node, below, index === from.length - 1 ? '└─ ' : '├─ ')),
  ];
}
