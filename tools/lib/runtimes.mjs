// What the digest matrices run under: Node versions, and V8 flags that take CPU features or compilers away.

/** Other Node versions come from the registry as plain packages: `npx node@22` would run the machine's own. */
export const NODES = ['20.20.2', '22.23.3', '24.21.0'];

export const V8_FLAGS = [
  '--no-enable-avx',
  '--no-enable-avx2',
  '--no-enable-fma3',
  '--no-enable-sse4-2',
  '--liftoff-only',
  '--no-liftoff',
  '--no-wasm-tier-up',
  '--no-opt',
];

/** Command and first arguments that start this Node version, or the machine's own. */
export function nodeCommand(version) {
  return version === undefined
    ? [process.execPath]
    : ['npx', '-y', '-p', `node-${process.platform}-${process.arch}@${version}`, 'node'];
}
