export { exportLpips } from './lpips-export.ts';
