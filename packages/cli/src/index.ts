export { allCommands, buildProgram } from './program.ts';
export { EVERYWHERE, examplesOf } from './command-shape.ts';
