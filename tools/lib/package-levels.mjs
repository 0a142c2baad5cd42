// The levels of the house, as package.json files have them: a package stands one above the highest that it imports.

/**
 * @param {{ name: string, manifest: object }[]} packages
 * @returns {{ levels: Map<string, number>, imports: Map<string, string[]>, circles: string[][] }} levels from 0; imports are the
 *   packages of the house that each declares for its sources; circles are empty in a house that can be built
 */
export function packageLevels(packages) {
  const imports = new Map(
    packages.map(({ name, manifest }) => [
      name,
      Object.keys(manifest.dependencies ?? {})
        .filter((dependency) => dependency.startsWith('@vqforge/'))
        .map((dependency) => dependency.slice('@vqforge/'.length)),
    ]),
  );
  const levels = new Map();
  const circles = [];
  const visit = (name, path) => {
    if (levels.has(name)) return levels.get(name);
    if (path.includes(name)) {
      circles.push([...path.slice(path.indexOf(name)), name]);
      return 0;
    }
    const below = (imports.get(name) ?? []).map((other) => visit(other, [...path, name]));
    const level = below.length === 0 ? 0 : 1 + Math.max(...below);
    levels.set(name, level);
    return level;
  };
  for (const name of imports.keys()) visit(name, []);
  return { levels, imports, circles };
}
