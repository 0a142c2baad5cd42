import { type Command, Option } from 'commander';
import { integerFlag } from './flag-values.ts';
import type { CommandContext } from './program.ts';

/** The flags of `vqforge serve`. */
export function addServe(program: Command, context: CommandContext): void {
  const command = program
    .command('serve')
    .description('serve models over HTTP: Open Inference Protocol v2, LPIPS of two images, metrics')
    .option(
      '--host <address>',
      'where to listen; others than this machine reach only other addresses',
      '127.0.0.1',
    )
    .option('--port <n>', '0 takes a free one', integerFlag(0, 65_535), 8000)
    .option('--token-file <file>', 'demand the bearer token in this file of every request but health');
  models(command);
  limits(command);
  command
    .addOption(
      new Option(
        '--log-level <level>',
        'of the log on stderr, one JSON object a line; debug logs every request',
      )
        .choices(['error', 'warn', 'info', 'debug'])
        .default('info'),
    )
    .action(async (flags) => (await import('./serve-command.ts')).serveCommand(flags, context));
}

function models(command: Command): void {
  command
    .option('--registry <path>', 'registry.json or its folder (default: model/tiny)')
    .option(
      '--model <id...>',
      'what to serve: ids of the registry, or files (default: whatever it pins and is here)',
    )
    .option('--allow-unregistered', 'take a model file that no registry.json beside it pins')
    .option('--key <file>', 'public key: check the signatures that there are')
    .option('--require-signature', 'refuse a model that is not signed')
    .option('--device <name>', 'auto, cpu, cuda, webgpu, coreml, dml, …', 'auto')
    .option('--device-fallback', 'use the CPU where the device does not work, instead of failing')
    .addOption(new Option('--engine <name>', 'ONNX Runtime to use').choices(['native', 'wasm']))
    .option('--threads <n>', 'threads of one LPIPS run (default: one per core)', integerFlag(1, 1024))
    .option('--max-concurrency <n>', 'LPIPS runs at once, for each model', integerFlag(1, 64), 1);
}

function limits(command: Command): void {
  command
    .option('--max-body <MiB>', 'largest body of a request (default: 64)', integerFlag(1, 2047))
    .option('--max-tensor <MiB>', 'largest tensor, and image as a tensor (default: 32)', integerFlag(1, 2047))
    .option('--max-pending <MiB>', 'bodies of all requests under way (default: 256)', integerFlag(1, 65_536))
    .option('--max-batch <n>', 'rows or images in one request (default: 65536)', integerFlag(1, 2 ** 24))
    .option(
      '--max-queue <n>',
      'requests that wait for a model; more get 503 (default: 128)',
      integerFlag(0, 1_000_000),
    )
    .option('--max-connections <n>', 'open connections (default: 1024)', integerFlag(1, 65_535))
    .option(
      '--timeout <s>',
      'seconds for an answer, and for a request to arrive (default: 30)',
      integerFlag(1, 3600),
    )
    .option('--drain <s>', 'seconds that requests under way get when told to stop', integerFlag(1, 3600), 60);
}
