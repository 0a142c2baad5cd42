/** Neither absolute (POSIX, drive letter, UNC, home) nor climbing out of the repository. */
export function isPortablePath(path: string): boolean {
  return !/^[/\\~]|^[A-Za-z]:|^file:|\0/.test(path) && !path.split(/[/\\]/).includes('..');
}
