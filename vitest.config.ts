import { defineConfig } from 'vitest/config';

// a test file per core: most of the time goes into child processes, which are waited for
export default defineConfig({
  test: { projects: ['{packages/*,tools}/vitest.config.ts'], maxWorkers: '100%' },
});
