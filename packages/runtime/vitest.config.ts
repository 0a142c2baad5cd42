import { vitestProject } from '../../testing/vitest-project.ts';

export default vitestProject('runtime');
