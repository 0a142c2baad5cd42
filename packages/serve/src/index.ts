export { serve, type ModelServer, type ServeOptions } from './model-server.ts';
export { expectLargeBodies } from './heap-growth.ts';
export { DEFAULT_LIMITS, type ServerLimits } from './limits.ts';
export { ServerError, type ServerErrorCode } from './errors.ts';
export { servePage, type PageOptions, type PageServer } from './page-server.ts';
