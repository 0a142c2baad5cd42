import { defined } from '@vqforge/base';
import { Command, Option } from '@commander-js/extra-typings';
import { type CommandContext, complete, type FlagsOf } from '../command-shape.ts';
import { hostNamesFlag, integerFlag } from '../flag-values.ts';
import { connectionsWithin, openFileLimit } from '../open-file-limit.ts';
import { engineOption, keyOption, registryOption, unregisteredOption } from '../shared-options.ts';

const declare = () =>
  complete(
    new Command('serve')
      .description(
        'serve models over HTTP: Open Inference Protocol v2, scores of two images or clips, metrics',
      )
      .option(
        '--host <address>',
        'where to listen; others than this machine reach only other addresses',
        '127.0.0.1',
      )
      .option('--port <n>', '0 takes a free one', integerFlag(0, 65_535), 8000)
      .option(
        '--allowed-hosts <a,b>',
        'names in Host that requests are taken under, besides those of this machine',
        hostNamesFlag,
      )
      .option('--token-file <file>', 'demand the bearer token in this file of every request but health')
      .addOption(registryOption())
      .option(
        '--model <id...>',
        'what to serve: ids of the registry, or files (default: all that it pins and that is here)',
      )
      .addOption(unregisteredOption())
      .addOption(keyOption())
      .option('--require-signature', 'refuse a model that is not signed')
      .option('--device <name>', 'auto, cpu, cuda, webgpu, coreml, dml, …', 'auto')
      .option('--device-fallback', 'use the CPU where the device does not work, instead of failing')
      .addOption(engineOption())
      .option(
        '--threads <n>',
        'threads of one LPIPS run, and of measuring a clip (default: one per core, for clips at most 4)',
        integerFlag(1, 1024),
      )
      .option('--ffmpeg', 'take clips in containers too, decoded by the ffmpeg on PATH')
      .option('--max-concurrency <n>', 'LPIPS runs at once, for each model', integerFlag(1, 64), 1)
      .option('--max-body <MiB>', 'largest body of a request (default: 64)', integerFlag(1, 2047))
      .option(
        '--max-tensor <MiB>',
        'largest tensor, and image as a tensor (default: 32)',
        integerFlag(1, 2047),
      )
      .option(
        '--max-pending <MiB>',
        'bodies of all requests under way (default: 256)',
        integerFlag(1, 65_536),
      )
      .option(
        '--max-memory <MiB>',
        'memory of the whole process: LPIPS runs as far as bodies and the server leave of it (default: 2048)',
        integerFlag(512, 1_048_576),
      )
      .option('--max-batch <n>', 'rows or images in one request (default: 65536)', integerFlag(1, 2 ** 24))
      .option(
        '--max-queue <n>',
        'requests that wait for a model; more get 503 (default: 128)',
        integerFlag(0, 1_000_000),
      )
      .option(
        '--max-connections <n>',
        'open connections (default: 1024, or what ulimit -n leaves)',
        integerFlag(1, 65_535),
      )
      .option(
        '--timeout <s>',
        'seconds for an answer, and for a request to arrive (default: 30)',
        integerFlag(1, 3600),
      )
      .option(
        '--drain <s>',
        'seconds that requests under way get when the server is to stop',
        integerFlag(1, 3600),
        60,
      )
      .addOption(
        new Option(
          '--log-level <level>',
          'of the log on stderr, one JSON object a line; debug logs every request',
        )
          .choices(['error', 'warn', 'info', 'debug'])
          .default('info'),
      ),
    [
      ['everything that is pinned and here, for this machine', 'vqforge serve'],
      [
        'one model, for other machines too, with a token',
        'vqforge serve --model fr_regressor_v1 --host 0.0.0.0 --token-file token',
      ],
    ],
  );

export type ServeFlags = FlagsOf<ReturnType<typeof declare>>;

/** `vqforge serve`. */
export const serve = (context: CommandContext) =>
  declare().action(async (flags) => {
    // before all the files that a server is made of are opened
    const maxConnections = connectionsWithin(flags.maxConnections, openFileLimit());
    await (await import('../actions/serve.ts')).serveCommand(defined({ ...flags, maxConnections }), context);
  });
