export { OrtError } from './errors.ts';
export { openEngine } from './open-engine.ts';
export { workerEngine } from './worker-engine.ts';
