export { openModel, type OpenModelOptions } from './open-model.ts';
export type { OpenModel } from './verified-session.ts';
export type { ModelChoice } from './model-files.ts';
export { openSession as openUnverifiedSession, type SessionChoice } from './open-session.ts';
export type { OpenSession } from './verified-session.ts';
export { openLpips, type OpenLpipsOptions } from './lpips-choice.ts';
