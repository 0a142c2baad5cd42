// The packages that a bundle holds, with their licences: those ask to be named in every copy.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Names of the packages whose sources are in the bundle, by its source maps. */
export function bundledPackages(folder) {
  const names = new Set();
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.js.map')))
    for (const source of JSON.parse(readFileSync(join(folder, file), 'utf8')).sources) {
      const [, name] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source) ?? [];
      if (name !== undefined) names.add(name);
    }
  return [...names].sort((a, b) => (a < b ? -1 : 1));
}

/** One page with the licence and notice of each; a package that has no such file is named with where it comes from. */
export function thirdPartyNotices(names, modules) {
  const parts = names.map((name) => {
    const folder = join(modules, name);
    const { version, license, repository } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const files = readdirSync(folder)
      .filter((file) => /^(licen[cs]e|copying|notice)/i.test(file))
      .sort();
    const texts = files.map((file) => readFileSync(join(folder, file), 'utf8').trim());
    if (texts.length === 0) texts.push(`Its package holds no text of it: ${repository?.url ?? repository}`);
    return [`${name} ${version} (${license})`, ...texts].join('\n\n');
  });
  const rule = `\n\n${'-'.repeat(78)}\n\n`;
  return `The command holds code of these packages.${rule}${parts.join(rule)}\n`;
}
