import { spawnSync } from 'node:child_process';

/** A python3 that can import torch and numpy, or null. Debian's lies at /usr/bin even where another one is first on PATH. */
export function findPython() {
  const works = (python) =>
    spawnSync(python, ['-c', 'import torch, numpy'], { stdio: 'ignore' }).status === 0;
  return ['python3', '/usr/bin/python3'].find(works) ?? null;
}
