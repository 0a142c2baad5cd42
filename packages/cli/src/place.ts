import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findWorkspace, openWorkspace, type Workspace } from '@vqforge/artifact/node';
import { UsageError } from './usage-error.ts';

/** The registry that comes with the program: in the installed package, or in the clone that it was built in. */
const SHIPPED = ['../model/tiny', '../../../model/tiny'];

interface PlaceOptions {
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where the user stands. */
  readonly cwd: string;
}

/** Where a command finds its files and leaves them: a workspace, or only the registry that is shipped. */
export class Place {
  readonly #workspace: Workspace | undefined;
  readonly #cwd: string;

  private constructor(workspace: Workspace | undefined, cwd: string) {
    this.#workspace = workspace;
    this.#cwd = cwd;
  }

  /**
   * The workspace of `--workspace`, of `VQFORGE_WORKSPACE`, or the nearest above where the user stands; under `npm run`
   * also that of the package whose script it is.
   * @throws ArtifactError as openWorkspace
   */
  static async find({ argv, environment, cwd }: PlaceOptions): Promise<Place> {
    const named = workspaceFlag(argv) ?? (environment['VQFORGE_WORKSPACE'] || undefined);
    if (named !== undefined) return new Place(await openWorkspace(named), cwd);
    const packageFile = environment['npm_package_json'];
    const workspace =
      (await findWorkspace(cwd)) ??
      (packageFile === undefined ? undefined : await findWorkspace(dirname(packageFile)));
    return new Place(workspace, cwd);
  }

  /** Undefined where there is none. */
  get found(): Workspace | undefined {
    return this.#workspace;
  }

  /** The workspace's folder of runs, in a list that is empty where there is none. */
  get runs(): readonly string[] {
    return this.#workspace === undefined ? [] : [this.#workspace.runs];
  }

  /** What paths in documents are relative to: the workspace, or where the user stands. */
  get root(): string {
    return this.#workspace?.root ?? this.#cwd;
  }

  /** @throws UsageError where there is none, with what the command would find or leave there */
  workspace(purpose: string): Workspace {
    if (this.#workspace !== undefined) return this.#workspace;
    throw new UsageError(
      `${purpose} lies in a workspace, and there is none here: name it, name one with --workspace, or make one with vqforge init`,
    );
  }

  /** The registry to read models from: the one that is named, the workspace's, or the shipped one. */
  registry(named: string | undefined): string {
    return named ?? this.#workspace?.model ?? shippedRegistry() ?? this.workspace('the registry').model;
  }

  /** The evidence of the workspace's models is in its runs, whatever the folders are called. */
  surroundings(registry: string): { readonly runs?: string } {
    if (this.#workspace === undefined) return {};
    const { model, runs } = this.#workspace;
    return [model, join(model, 'registry.json')].includes(resolve(registry)) ? { runs } : {};
  }

  /** The registry to change; the shipped one is never changed. @throws UsageError */
  ownRegistry(named: string | undefined): string {
    return named ?? this.workspace('the registry that is changed').model;
  }
}

/** The folder with the registry that comes with the program. */
export function shippedRegistry(): string | undefined {
  return SHIPPED.map((path) => fileURLToPath(new URL(path, import.meta.url))).find((path) =>
    existsSync(path),
  );
}

function workspaceFlag(argv: readonly string[]): string | undefined {
  const end = argv.indexOf('--');
  const flags = end === -1 ? argv : argv.slice(0, end);
  const at = flags.lastIndexOf('--workspace');
  const joined = flags.findLast((flag) => flag.startsWith('--workspace='))?.slice('--workspace='.length);
  return joined ?? (at === -1 ? undefined : flags[at + 1]);
}
