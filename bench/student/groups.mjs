import { loadFeatureTable, writeFeatureTable } from '@vqforge/table';

/** The table with groups of sources for sources, source i in group i mod `count`: each fold leaves a whole group out. */
export async function writeGroups(parquet, out, count) {
  const table = await loadFeatureTable({ paths: [parquet], features: 'canonical6', teacherColumn: 'vmaf' });
  const { source, disBasename, frameIndex, columns, teacherModels } = table;
  const texts = (name, valueOf) => ({
    name,
    type: 'string',
    values: Array.from({ length: table.rows }, (_, row) => valueOf(row)),
  });
  const nameAt = ({ codes, names }, row) => names[codes[row]];
  await writeFeatureTable({
    path: out,
    batches: [
      [
        texts('source', (row) => `group ${source.codes[row] % count}`),
        texts('dis_basename', (row) => `${nameAt(source, row)} ${nameAt(disBasename, row)}`),
        { name: 'frame_index', type: 'uint32', values: frameIndex },
        ...Array.from(columns, ([name, values]) => ({ name, type: 'float64', values })),
        texts('teacher_model', () => teacherModels[0]),
      ],
    ],
  });
  return out;
}
