import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { compileFunction } from 'node:vm';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url)).replaceAll('\\', '/');

interface Example {
  readonly name: string;
  readonly packageFolder: string;
  /** The module, below src/ and dist/, without its ending. */
  readonly module: string;
  /** Statements, of which the last is an expression. */
  readonly code: string;
  readonly value: string;
}

/** Read what the repository ships and write nothing; other examples that wait need files, threads or minutes. */
const QUICK = /\b(loadVerified|readRegistry|verifyRegistry|openModel|loadFeatureTable|openEngine)\(/;

/** Modules whose examples name a value that only their prose describes. */
const NEEDS_A_VALUE: ReadonlySet<string> = new Set([
  'feature-values.ts',
  'scale-frame.ts',
  'score-text.ts',
  'teacher/svr-teacher.ts',
]);

const DOCSTRING = /\/\*\*(?:(?!\*\/)[^])*@example(?:(?!\*\/)[^])*\*\//g;

function examplesOf(packageFolder: string): Example[] {
  const source = join(packageFolder, 'src');
  return readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .sort()
    .flatMap((path) => {
      const docs = readFileSync(join(source, path), 'utf8').match(DOCSTRING) ?? [];
      return docs
        .flatMap((doc) =>
          doc
            .slice(3, -2)
            .replaceAll(/\n\s*\* ?/g, '\n')
            .split('@example')
            .slice(1),
        )
        .map((text) => /^\s*([^]*?);?\s*\/\/ => ([^]*?)\s*(?:\n@[^]*)?$/.exec(text))
        .filter((match) => match !== null)
        .map(([, code = '', value = '']) => ({
          name: `${path}: ${code.replaceAll('\n', ' ')}`,
          packageFolder,
          module: path.slice(0, -'.ts'.length),
          code,
          value,
        }))
        .filter(({ value }) => wantedValue(value) !== undefined && !NEEDS_A_VALUE.has(path))
        .filter(({ code }) => !isWaiting(code) || QUICK.test(code));
    });
}

function isWaiting(code: string): boolean {
  return /\bawait\b/.test(code);
}

const { closeTo, stringMatching } = expect;

/** The value that an example states, undefined where it states it in words; `…` in a text stands for any other. */
function wantedValue(value: string): unknown {
  try {
    const parsed: unknown = compileFunction(`return (${value.replaceAll(/\b\w+Array \[/g, '[')});`)();
    // float32 numbers are stated with the digits that matter
    if (/\bFloat\d\dArray \[/.test(value))
      return (parsed as number[]).map((number) => closeTo(number, 4) as unknown);
    if (typeof parsed !== 'string' || !parsed.includes('…')) return parsed;
    const parts = parsed.split('…').map((part) => part.replaceAll(/[$()*+.?[\]\\^{|}]/g, '\\$&'));
    return stringMatching(new RegExp(`^${parts.join('[^]*')}$`)) as unknown;
  } catch {
    return undefined;
  }
}

/** What an example gives, with the names of its module; where those do not do, with the public ones of its package too. */
async function answerOf({ packageFolder, module, code }: Example): Promise<unknown> {
  // the files of examples are those of the repository
  const inPlace = isWaiting(code) ? code.replaceAll(/'(?=(?:model|datasets)\/)/g, `'${root}`) : code;
  const end = inPlace.lastIndexOf(';\n') + 1;
  const body = `return (async () => { ${inPlace.slice(0, end)} return (${inPlace.slice(end)}); })();`;
  const run = async (files: readonly string[]): Promise<unknown> => {
    const names: Record<string, unknown> = {};
    for (const file of files) {
      const path = join(packageFolder, 'dist', `${file}.js`);
      if (existsSync(path)) Object.assign(names, await import(pathToFileURL(path).href));
    }
    return (compileFunction(body, Object.keys(names)) as (...values: unknown[]) => unknown)(
      ...Object.values(names),
    );
  };
  return run([module]).catch((error: unknown) => {
    if (!(error instanceof ReferenceError)) throw error;
    return run([module, 'index', 'node']);
  });
}

const packages = readdirSync(join(root, 'packages'))
  .map((name) => join(root, 'packages', name))
  // the page's modules are bundled, not built one by one
  .filter((folder) => existsSync(join(folder, 'dist')) && !folder.endsWith('web'));
const examples = packages.flatMap(examplesOf);

describe('examples of docstrings', () => {
  test.each(examples)('$name', async (example) => {
    const got = await answerOf(example);
    expect(ArrayBuffer.isView(got) ? Array.from(got as Uint8Array) : got).toEqual(wantedValue(example.value));
  });

  test('are found', () => {
    expect(examples.length).toBeGreaterThan(70);
  });
});
