import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: ['{packages/*,tools}/vitest.config.ts'],
    // one more than cores: files wait for child processes, threads, disks and timers
    maxWorkers: availableParallelism() + 1,
    globalSetup: ['testing/temporary-folder.ts'],
  },
});
