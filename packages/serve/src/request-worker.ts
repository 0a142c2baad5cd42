import { answerCalls } from '@vqforge/base/node';
import type { RequestCalls } from './request-calls.ts';
import { REQUEST_HANDLERS } from './request-handlers.ts';

/** The thread side of `RequestThread`. */
answerCalls<RequestCalls>(() => REQUEST_HANDLERS);
