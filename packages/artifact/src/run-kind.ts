import { EVALUATION_SCHEMA } from './evaluation-document.ts';

/** The kinds of documents that runs write. */
type RunKind = 'regressor' | 'lpips_heads' | 'evaluation';

/**
 * Tells the documents of runs apart: by `schema`, else by `task`, else by the keys that their first versions had, which
 * carry neither. Undefined for any other document.
 *
 * @example runKind({ task: 'lpips_heads' }) // => 'lpips_heads'
 */
export function runKind(document: unknown): RunKind | undefined {
  if (typeof document !== 'object' || document === null) return undefined;
  const { schema, task } = document as { readonly schema?: unknown; readonly task?: unknown };
  if (schema === EVALUATION_SCHEMA) return 'evaluation';
  if (task === 'lpips_heads') return task;
  if (schema !== undefined) return undefined;
  if (task === undefined && Object.hasOwn(document, 'loso')) return 'regressor';
  return task === undefined && Object.hasOwn(document, 'means') ? 'evaluation' : undefined;
}
