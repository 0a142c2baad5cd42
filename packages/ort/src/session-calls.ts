import type { EngineName } from '@vqforge/base';
import type { ValueInfo } from '@vqforge/onnx';
import type { SessionOptions } from './engine.ts';
import type { Tensors } from './tensor.ts';

/** The calls of a thread with one session, with their answers. */
export interface SessionCalls {
  engine: { request: null; reply: { name: EngineName; version: string; providers: readonly string[] } };
  load: {
    request: { onnx: Uint8Array; options: SessionOptions | undefined };
    reply: { inputs: readonly ValueInfo[]; outputs: readonly ValueInfo[] };
  };
  run: { request: { feeds: Tensors; fetches: readonly string[] | undefined }; reply: Tensors };
  release: { request: null; reply: null };
}

/** Settings that a session's thread starts with. */
export interface SessionSetup {
  readonly engine: EngineName | undefined;
  readonly lowPriority: boolean;
}
