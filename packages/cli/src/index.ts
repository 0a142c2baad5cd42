export { allCommands } from './command-tree.ts';
export { buildProgram } from './program.ts';
export { EVERYWHERE, examplesOf } from './command-shape.ts';
