import { writeFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { withTemporaryFolder } from '@vqforge/base/node';
import type { PairForm } from './request-calls.ts';

/** The files of a form, on disk. */
export interface UploadedFiles {
  readonly reference: string;
  readonly distorted: string;
  /** A text with the files by the names of the form, wherever it names them by their paths. */
  named(text: string): string;
}

/** Runs a job on the files of a form in a folder of their own, which is removed whatever happens. */
export function withUploadedFiles<T>(
  { body, reference, distorted }: PairForm,
  job: (files: UploadedFiles) => Promise<T>,
): Promise<T> {
  return withTemporaryFolder(async (folder) => {
    const files = {
      reference: join(folder, 'reference'),
      distorted: join(folder, 'distorted'),
      named: (text: string) => text.replaceAll(folder + sep, ''),
    };
    await writeFile(files.reference, body.subarray(reference.start, reference.end));
    await writeFile(files.distorted, body.subarray(distorted.start, distorted.end));
    return job(files);
  });
}
