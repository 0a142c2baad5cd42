/** Ids of models in registries and documents: at most 64 small letters, digits, `_` and `-`, a letter or digit first. */
export const MODEL_ID: RegExp = /^[a-z0-9][a-z0-9_-]{0,63}$/;
