import { InvalidArgumentError } from 'commander';

/** A feature to compute and its options, as libvmaf's command line names them. */
export interface FeatureFlag {
  readonly name: 'lpips';
  readonly modelPath?: string;
}

/**
 * `lpips`, `lpips:model_path=FILE` (this project, and the reference system's `--feature_params`) and
 * `lpips=model_path=FILE` (libvmaf). A colon starts an option only before `name=`, so a path may hold colons.
 */
export function featureFlag(text: string, previous: readonly FeatureFlag[] = []): FeatureFlag[] {
  const [, name, rest] = /^([^:=]*)(?:[:=](.*))?$/s.exec(text) as unknown as [string, string, string?];
  if (name !== 'lpips')
    throw new InvalidArgumentError(
      `feature ${name || '(none)'} is not computed here, lpips is; those of libvmaf come from --features-from or --vmaf-bin.`,
    );
  const options = (rest ?? '').split(/:(?=\w+=)/).filter((option) => option !== '');
  const flag = options.reduce<FeatureFlag>(withOption, { name });
  return [...previous, flag];
}

function withOption(flag: FeatureFlag, option: string): FeatureFlag {
  const [, key, value] = /^(\w+)=(.*)$/s.exec(option) ?? [];
  if (key !== 'model_path')
    throw new InvalidArgumentError(`lpips has the option model_path=FILE, got ${option}.`);
  // the reference system falls back to the environment for an empty path too
  return value === undefined || value === '' ? flag : { ...flag, modelPath: value };
}
