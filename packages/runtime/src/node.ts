export { openModel, type OpenModel, type OpenModelOptions } from './open-model.ts';
export type { ModelChoice } from './model-files.ts';
export {
  openSession as openUnverifiedSession,
  type OpenSession,
  type SessionChoice,
} from './open-session.ts';
export { openLpips, type OpenLpipsOptions } from './lpips-choice.ts';
