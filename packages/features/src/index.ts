export { FeaturesError, type FeaturesErrorCode } from './errors.ts';
