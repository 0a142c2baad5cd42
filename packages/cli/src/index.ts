export { allCommands } from './command-tree.ts';
// of the bundle, which tests and scripts run many commands through
/** @public */
export { exitCodeOf, reportError } from './exit-codes.ts';
export { buildProgram } from './program.ts';
export { EVERYWHERE, examplesOf } from './command-shape.ts';
