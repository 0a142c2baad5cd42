import type { OpenModel } from '@vqforge/runtime/node';

/** A model's own description, for `GET /v2/models/<name>`. */
type ModelFacts = Omit<OpenModel, 'run' | 'suspend' | 'close'>;

/** A spread would miss what a class keeps on its prototype. */
export function modelFacts(model: OpenModel): ModelFacts {
  const { id, kind, path, digest, sidecar, engine, provider, inputs, outputs, minimumSide } = model;
  return { id, kind, path, digest, sidecar, engine, provider, inputs, outputs, minimumSide };
}
