import type { ValueInfo } from '@vqforge/onnx';
import type { EngineName, SessionOptions } from './engine.ts';
import type { Tensors } from './tensor.ts';

/** What a session's thread is asked, and what it answers; the answer to `id` bears the same `id`. */
export interface SessionCalls {
  engine: { request: null; reply: { name: EngineName; version: string; providers: readonly string[] } };
  load: {
    request: { onnx: Uint8Array; provider: string; options: SessionOptions };
    reply: { inputs: readonly ValueInfo[]; outputs: readonly ValueInfo[] };
  };
  run: { request: { feeds: Tensors; fetches: readonly string[] | undefined }; reply: Tensors };
  release: { request: null; reply: null };
}

export type CallName = keyof SessionCalls;

export type SessionRequest = {
  [Name in CallName]: {
    readonly id: number;
    readonly name: Name;
    readonly request: SessionCalls[Name]['request'];
  };
}[CallName];

export type SessionReply =
  | { readonly id: number; readonly value: SessionCalls[CallName]['reply'] }
  | { readonly id: number; readonly failure: string };
