import { InvalidArgumentError } from 'commander';

/** LPIPS as asked for by `--feature`, with its option. */
export interface LpipsFlag {
  readonly modelPath?: string;
}

/**
 * `lpips`, `lpips:model_path=FILE` (this project, and the reference system's `--feature_params`) and
 * `lpips=model_path=FILE` (libvmaf). A colon starts an option only before `name=`, so a path may hold colons.
 */
export function lpipsFlag(text: string, previous: readonly LpipsFlag[] = []): LpipsFlag[] {
  const [, name, rest = ''] = /^([^:=]*)(?:[:=](.*))?$/s.exec(text) ?? [];
  if (name !== 'lpips')
    throw new InvalidArgumentError(
      `feature ${name || '(none)'} is not computed here, lpips is; those of libvmaf come from --features-from or --vmaf-bin.`,
    );
  const options = rest.split(/:(?=\w+=)/).filter((option) => option !== '');
  return [...previous, options.reduce<LpipsFlag>(withOption, {})];
}

function withOption(flag: LpipsFlag, option: string): LpipsFlag {
  const [, key, value] = /^(\w+)=(.*)$/s.exec(option) ?? [];
  if (key !== 'model_path')
    throw new InvalidArgumentError(`lpips has the option model_path=FILE, got ${option}.`);
  // the reference system falls back to the environment for an empty path too
  return value === undefined || value === '' ? flag : { ...flag, modelPath: value };
}
