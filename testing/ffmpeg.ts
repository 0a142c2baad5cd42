import { execFileSync } from 'node:child_process';

/** Whether ffmpeg and ffprobe are on PATH; says so where they are not. */
export const hasFfmpeg: boolean = ['ffmpeg', 'ffprobe'].every(isHere);

if (!hasFfmpeg) console.warn('skipped where containers are read: ffmpeg and ffprobe are not on PATH');

function isHere(program: string): boolean {
  try {
    execFileSync(program, ['-version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
