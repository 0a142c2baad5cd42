export { serve, type ModelServer, type ServeOptions } from './server/model-server.ts';
export { DEFAULT_LIMITS, type ServerLimits } from './server/limits.ts';
export { ServerError, type ServerErrorCode } from './server/errors.ts';
