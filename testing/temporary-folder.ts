import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Everything that tests leave in the temporary folder is in one of this run's own, which goes with it. */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'vqforge-tests-'));
  // as the system's own: servers and second users of tests are others
  chmodSync(folder, 0o1777);
  process.env['TMPDIR'] = folder;
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
