import { InvalidArgumentError } from 'commander';

/** A model of libvmaf as `--model` names it. */
export interface TeacherFlag {
  /** Id of upstream, or a file. */
  readonly teacher: string;
  /** What its metric is called. */
  readonly name: string;
  readonly disableClip?: boolean;
  readonly enableTransform?: boolean;
}

/** A metric is a key of JSON and an attribute of XML. */
const METRIC_NAME = /^[A-Za-z_][\w.-]{0,63}$/;

/** Options are known words behind a colon, so a path may hold colons. */
const OPTION = /:(?=(?:version|path|name|disable_clip|enable_transform)(?:[=:]|$))/;

/**
 * libvmaf's `version=ID` or `path=FILE`, then `:name=NAME`, `:disable_clip` and `:enable_transform`; a bare id or file is
 * its version or path.
 *
 * @example teacherFlag('version=vmaf_v0.6.1:name=vmaf_raw:disable_clip')
 * // => [{ teacher: 'vmaf_v0.6.1', name: 'vmaf_raw', disableClip: true }]
 */
export function teacherFlag(text: string, previous: readonly TeacherFlag[] = []): TeacherFlag[] {
  const [first = '', ...options] = text.split(OPTION);
  const teacher = /^(?:version|path)=(.+)$/s.exec(first)?.[1] ?? (first.includes('=') ? '' : first);
  if (teacher === '')
    throw new InvalidArgumentError(`a model is version=ID or path=FILE with options, got ${text}.`);
  const flag = options.reduce<TeacherFlag>(withOption, { teacher, name: 'vmaf' });
  if (previous.some(({ name }) => name === flag.name))
    throw new InvalidArgumentError(`two models have the name ${flag.name}; add :name=NAME to one of them.`);
  return [...previous, flag];
}

function withOption(flag: TeacherFlag, option: string): TeacherFlag {
  const [, key, value = 'true'] = /^(\w+)(?:=(.*))?$/s.exec(option) ?? [];
  switch (key) {
    case 'name':
      if (!METRIC_NAME.test(value) || value === '__proto__')
        throw new InvalidArgumentError(
          `${value} is no name of a metric: expected a letter, then letters, digits, _, . and -.`,
        );
      return { ...flag, name: value };
    case 'disable_clip':
      return { ...flag, disableClip: isTrue(option, value) };
    case 'enable_transform':
      return { ...flag, enableTransform: isTrue(option, value) };
    default:
      throw new InvalidArgumentError(
        `a model has the options name, disable_clip and enable_transform, got ${option}.`,
      );
  }
}

function isTrue(option: string, value: string): boolean {
  if (value === 'true' || value === 'false') return value === 'true';
  throw new InvalidArgumentError(`${option}: expected true or false.`);
}
