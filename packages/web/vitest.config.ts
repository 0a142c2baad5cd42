import { vitestProject } from '../../testing/vitest-project.ts';

export default vitestProject('web', { isolate: true, exclude: ['test/browser/**'] });
