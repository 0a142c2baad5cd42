import { formatRegistry, type Registry, VERSION_1_ENTRY_KEYS } from '@vqforge/artifact';

/**
 * The registry in schema version 1 of lusoris/vmaf, for tools that know no other: what version 2 adds is
 * dropped, and so is every key that its schema forbids.
 *
 * @example exportRegistry((await readRegistry('model/tiny')).registry, 1); // => '{\n  "models": [\n    {\n      "id": "fr_regressor_v1",\n…'
 */
export function exportRegistry(registry: Registry, schemaVersion: 1): string {
  const models = registry.models.map((entry) => ({
    id: entry.id,
    kind: entry.kind,
    onnx: entry.onnx,
    sha256: entry.sha256,
    ...Object.fromEntries(Object.entries(entry).filter(([key]) => VERSION_1_ENTRY_KEYS.includes(key))),
  }));
  const header = typeof registry.$schema === 'string' ? { $schema: registry.$schema } : {};
  return formatRegistry({ ...header, schema_version: schemaVersion, models });
}
