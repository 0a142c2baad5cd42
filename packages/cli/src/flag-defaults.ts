import { type CommandUnknownOpts, InvalidArgumentError, type Option } from '@commander-js/extra-typings';
import { type FlagDefaults, WORKSPACE_FILE } from '@vqforge/artifact/node';
import { UsageError } from './usage-error.ts';

/**
 * What a workspace may not decide for the user who stands in it: which programs run, where output goes, what may be
 * destroyed or trusted, and how the command speaks.
 */
const PERSONAL: ReadonlySet<string> = new Set([
  'workspace',
  'vmaf-bin',
  'token-file',
  'out',
  'output',
  'out-onnx',
  'out-sidecar',
  'metrics-out',
  'force',
  'replace',
  'allow-unregistered',
  'json',
  'verbose',
]);

type AnyOption = Option<string, unknown, unknown, unknown, boolean, unknown>;

/**
 * Gives flags the default values that a workspace states; the command line overrides them.
 * @throws UsageError on a command or flag that there is not, and on a value that the flag would refuse
 */
export function applyDefaults(program: CommandUnknownOpts, defaults: FlagDefaults): void {
  for (const [name, flags] of defaults) {
    const command = name
      .split(' ')
      .reduce<CommandUnknownOpts | undefined>(
        (at, word) => at?.commands.find((child) => child.name() === word),
        program,
      );
    if (command === undefined) throw invalid(`defaults.${name}`, 'is no command');
    for (const [flag, value] of flags) {
      const where = `defaults.${name}.${flag}`;
      const option = command.options.find(({ long }) => long === `--${flag}`);
      if (option === undefined) throw invalid(where, `is no flag of vqforge ${name}`);
      if (PERSONAL.has(flag)) throw invalid(where, 'is left to the command line');
      const parsed = valueOf(option, value, where);
      option.defaultValue = parsed;
      command.setOptionValueWithSource(option.attributeName(), parsed, 'default');
    }
  }
}

function valueOf(option: AnyOption, value: unknown, where: string): unknown {
  if (!option.required && !option.optional) {
    if (value !== true) throw invalid(where, 'can only be true');
    return !option.negate;
  }
  if (Array.isArray(value) !== option.variadic || typeof value === 'boolean')
    throw invalid(where, option.variadic ? 'must be a list of texts' : 'must be one text or number');
  const texts = (Array.isArray(value) ? value : [value]).map(String);
  try {
    return texts.reduce<unknown>((earlier, text) => parsedValue(option, text, earlier), undefined);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw invalid(where, `is refused: ${error.message.replace(/\.$/, '')}`);
  }
}

function parsedValue(option: AnyOption, text: string, earlier: unknown): unknown {
  if (option.parseArg !== undefined) return option.parseArg(text, earlier);
  return option.variadic ? [...((earlier as string[] | undefined) ?? []), text] : text;
}

function invalid(where: string, problem: string): UsageError {
  return new UsageError(`${WORKSPACE_FILE}: ${where} ${problem}`);
}
