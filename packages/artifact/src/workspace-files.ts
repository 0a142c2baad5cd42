import { dirname, isAbsolute, join, resolve } from 'node:path';
import { parseJson } from '@vqforge/base';
import { isFolder } from '@vqforge/base/node';
import { isInstalled, readIfPresent } from './document-files.ts';
import { ArtifactError } from './errors.ts';

/** The file that makes a folder a workspace. */
export const WORKSPACE_FILE = 'vqforge.json';
const WORKSPACE_SCHEMA = 'vqforge/workspace-v1';
/** A page of text. */
const MAX_WORKSPACE_BYTES = 65_536;

/** Where the three kinds of files of a workspace lie; absolute paths. */
export interface WorkspaceFolders {
  /** Feature tables and their manifests. */
  readonly datasets: string;
  /** One folder per run. */
  readonly runs: string;
  /** The folder with the registry and what it pins. */
  readonly model: string;
}

/** Default values of flags: by command, such as `train lpips`, then by the flag's name without its dashes. */
export type FlagDefaults = ReadonlyMap<string, ReadonlyMap<string, FlagDefault>>;
type FlagDefault = string | number | boolean | readonly string[];

/** A folder that holds a user's tables, runs and models. */
export interface Workspace extends WorkspaceFolders {
  readonly root: string;
  readonly defaults: FlagDefaults;
}

const NAMES = { datasets: 'datasets', runs: 'runs', model: 'model/tiny' } as const;

/** The folders of a workspace that names none itself: `datasets/`, `runs/` and `model/tiny/`. */
export function workspaceFolders(
  root: string,
  names: Partial<Record<keyof WorkspaceFolders, string>> = {},
): WorkspaceFolders {
  const at = (kind: keyof WorkspaceFolders): string => join(root, ...(names[kind] ?? NAMES[kind]).split('/'));
  return { datasets: at('datasets'), runs: at('runs'), model: at('model') };
}

/** The text of a new `vqforge.json`. */
export function workspaceText(): string {
  return `${JSON.stringify({ schema: WORKSPACE_SCHEMA, folders: NAMES, defaults: {} }, null, 2)}\n`;
}

/**
 * The workspace in a folder, or in the nearest one above it; undefined where there is none. Folders below
 * `node_modules` are none: what an installer wrote, it erases.
 *
 * @throws ArtifactError INVALID_DOCUMENT | NOT_JSON | UNREADABLE | TOO_LARGE on a `vqforge.json` that says nonsense
 */
export async function findWorkspace(from: string): Promise<Workspace | undefined> {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (!isInstalled(folder)) {
      const workspace = await readWorkspace(folder);
      if (workspace !== undefined) return workspace;
    }
    if (dirname(folder) === folder) return undefined;
  }
}

/**
 * The workspace that a user names.
 * @throws ArtifactError BAD_OUTPUT below `node_modules`; UNREADABLE where there is none; as findWorkspace
 */
export async function openWorkspace(folder: string): Promise<Workspace> {
  const root = resolve(folder);
  if (isInstalled(root))
    throw new ArtifactError('BAD_OUTPUT', `workspace ${root} lies below node_modules, where nothing is kept`);
  const workspace = await readWorkspace(root);
  if (workspace !== undefined) return workspace;
  throw new ArtifactError(
    'UNREADABLE',
    (await isFolder(root))
      ? `${root} is no workspace: it has no ${WORKSPACE_FILE}; make it one with vqforge init ${root}`
      : `workspace ${root} is no folder; make it with vqforge init ${root}`,
  );
}

async function readWorkspace(root: string): Promise<Workspace | undefined> {
  const path = join(root, WORKSPACE_FILE);
  const bytes = await readIfPresent(path, MAX_WORKSPACE_BYTES);
  if (bytes === undefined) return undefined;
  const document = fieldsOf(parseJson(bytes, { maxBytes: MAX_WORKSPACE_BYTES }, path), path, 'the document');
  if (document.get('schema') !== WORKSPACE_SCHEMA)
    throw invalid(path, `has schema ${JSON.stringify(document.get('schema'))}, expected ${WORKSPACE_SCHEMA}`);
  const names = fieldsOf(document.get('folders') ?? {}, path, 'folders');
  const folders: Partial<Record<keyof WorkspaceFolders, string>> = {};
  for (const [kind, name] of names) {
    if (!Object.hasOwn(NAMES, kind))
      throw invalid(path, `names a folder for ${kind}, expected ${Object.keys(NAMES).join(', ')}`);
    if (typeof name !== 'string' || !isInside(name))
      throw invalid(
        path,
        `folders.${kind} must be a folder inside the workspace, got ${JSON.stringify(name)}`,
      );
    folders[kind as keyof WorkspaceFolders] = name; // own key: one of NAMES
  }
  const defaults = new Map<string, ReadonlyMap<string, FlagDefault>>();
  for (const [command, flags] of fieldsOf(document.get('defaults') ?? {}, path, 'defaults')) {
    const values = new Map<string, FlagDefault>();
    for (const [flag, value] of fieldsOf(flags, path, `defaults.${command}`)) {
      if (!isFlagDefault(value))
        throw invalid(
          path,
          `defaults.${command}.${flag} must be a text, number, true, false or a list of texts`,
        );
      values.set(flag, value);
    }
    defaults.set(command, values);
  }
  return { root, ...workspaceFolders(root, folders), defaults };
}

function isInside(name: string): boolean {
  const parts = name.split('/');
  return (
    !isAbsolute(name) &&
    !name.includes('\\') &&
    parts.every((part) => part !== '' && part !== '.' && part !== '..' && part !== 'node_modules')
  );
}

function isFlagDefault(value: unknown): value is FlagDefault {
  return (
    ['string', 'number', 'boolean'].includes(typeof value) ||
    (Array.isArray(value) && value.every((item) => typeof item === 'string'))
  );
}

function fieldsOf(value: unknown, path: string, what: string): ReadonlyMap<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid(path, `${what} must be an object`);
  return new Map(Object.entries(value));
}

function invalid(path: string, problem: string): ArtifactError {
  return new ArtifactError('INVALID_DOCUMENT', `${path}: ${problem}`);
}
