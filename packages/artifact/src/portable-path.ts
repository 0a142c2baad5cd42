import { basename, isAbsolute, relative, sep } from 'node:path';

/**
 * The spelling of a path that may enter a document: POSIX and relative to the repository root, or the bare
 * file name when the file lies outside it, so that no home folder or user name leaks.
 *
 * @param path absolute path
 * @param root absolute path of the repository root
 * @example portablePath('/home/ada/vq/runs/a.json', '/home/ada/vq') // => 'runs/a.json'
 * @example portablePath('/data/table.parquet', '/home/ada/vq') // => 'table.parquet'
 */
export function portablePath(path: string, root: string): string {
  const inside = relative(root, path);
  if (inside === '') return '.';
  const isOutside = isAbsolute(inside) || inside === '..' || inside.startsWith(`..${sep}`);
  return isOutside ? basename(path) : inside.split(sep).join('/');
}
