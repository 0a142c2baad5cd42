// assembly/ → src/generated/kernels.ts: WebAssembly as text, which Node, a bundle, a worker and a page load alike, without
// files. Takes 5 s of processor time; none when the module at hand was made of the same sources by the same compiler.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const manifest = JSON.parse(readFileSync(at('package.json'), 'utf8'));

/** Base SIMD only: relaxed SIMD and fused operations round differently from machine to machine. */
const FLAGS = ['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd', '--disableWarning', '112'];
const COMPILER = `assemblyscript ${manifest.devDependencies.assemblyscript} ${FLAGS.join(' ')}`;
const OUTPUT = at('src/generated/kernels.ts');

const head = `// Made by compile.mjs; never edited. Of ${digestOfSources()}.\n`;
if (read(OUTPUT)?.startsWith(head)) process.exit(0);

const binary = await compile();
const text = `${head}\n/** The kernels' WebAssembly module, in base64. */\nexport const KERNELS: string =\n  '${binary.toString('base64')}';\n`;
mkdirSync(at('src/generated'), { recursive: true });
writeFileSync(`${OUTPUT}.${process.pid}`, text);
renameSync(`${OUTPUT}.${process.pid}`, OUTPUT);

/** One SHA-256 of the compiler and of every source with its name. */
function digestOfSources() {
  const names = readdirSync(at('assembly'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => `${entry.parentPath ?? entry.path}/${entry.name}`.replaceAll('\\', '/'))
    .sort();
  const hash = createHash('sha256').update(COMPILER);
  for (const name of names) {
    const source = readFileSync(name, 'utf8').replaceAll('\r\n', '\n');
    hash.update(`\0${name.slice(at('assembly').length)}\0${source}`);
  }
  return hash.digest('hex');
}

async function compile() {
  const { main } = await import('assemblyscript/asc'); // 0.2 s to load
  let binary = null;
  let messages = '';
  const writer = { write: (chunk) => (messages += chunk) };
  const { error } = await main(
    ['index.ts', '--baseDir', at('assembly'), ...FLAGS, '--outFile', 'kernels.wasm'],
    {
      stdout: writer,
      stderr: writer,
      writeFile: (_name, content) => void (binary = Buffer.from(content)),
    },
  );
  if (error !== null || binary === null) {
    console.error(`compile: assembly/ does not compile\n${messages}`);
    process.exit(1);
  }
  return binary;
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
