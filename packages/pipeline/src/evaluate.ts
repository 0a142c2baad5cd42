export type { OpenBappsOptions } from './bapps/dataset.ts';
export type { Resize } from './bapps/patch.ts';
export type { Damage } from './bapps/set-files.ts';
export { openTwoAfc, type Triplet, type TwoAfc } from './bapps/two-afc.ts';
