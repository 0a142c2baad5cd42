/** Mean PLCC over held-out sources that a regressor needs to ship, unless a run asks for another. */
export const SHIP_THRESHOLD = 0.95;

/** A column whose standard deviation is below this is constant and gets scale 1. */
export const CONSTANT_BELOW = 1e-8;

/**
 * The teacher that training records: the models that the rows of a table name, else the one that the manifest names for
 * the same column, else null.
 */
export function teacherName(
  table: { readonly teacherModels?: readonly string[] | undefined; readonly teacherColumn: string },
  stated: { readonly column: string; readonly model: string | null } | undefined,
): string | null {
  const models = table.teacherModels ?? [];
  if (models.length > 0) return models.join(', ');
  return stated?.column === table.teacherColumn ? stated.model : null;
}
