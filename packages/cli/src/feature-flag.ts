import { InvalidArgumentError } from 'commander';

/** A feature as asked for by `--feature`: LPIPS, with the model that its option names, or PSNR. */
export type FeatureFlag = { readonly name: 'lpips'; readonly modelPath?: string } | { readonly name: 'psnr' };

/** Features that a regressor or a teacher measures by itself; naming one asks for nothing more. */
const MEASURED = /^(integer_)?(vif|adm|motion)/;

/**
 * `lpips`, `lpips:model_path=FILE`, `lpips=model_path=FILE` (libvmaf's spelling) and `psnr`. A colon starts an option only
 * before `name=`, so a path may hold colons.
 */
export function featureFlag(text: string, previous: readonly FeatureFlag[] = []): FeatureFlag[] {
  const [, name = '', rest = ''] = /^([^:=]*)(?:[:=](.*))?$/s.exec(text) ?? [];
  const options = rest.split(/:(?=\w+=)/).filter((option) => option !== '');
  if (name === 'psnr' && options.length === 0) return [...previous, { name }];
  if (name === 'lpips') return [...previous, options.reduce<FeatureFlag>(withOption, { name })];
  throw new InvalidArgumentError(
    MEASURED.test(name)
      ? `${name} is measured by itself for the models that take it; vqforge features extract writes it.`
      : `feature ${name || '(none)'} is not computed here, lpips and psnr are; others come from --features-from or --vmaf-bin.`,
  );
}

function withOption(flag: FeatureFlag, option: string): FeatureFlag {
  const [, key, value] = /^(\w+)=(.*)$/s.exec(option) ?? [];
  if (key !== 'model_path')
    throw new InvalidArgumentError(`lpips has the option model_path=FILE, got ${option}.`);
  // an empty path leaves the choice to the environment
  return value === undefined || value === '' ? flag : { name: 'lpips', modelPath: value };
}
