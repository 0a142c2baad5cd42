// docs/commands.md, from the commands themselves: what `--help` says, for reading.
import { allCommands, EVERYWHERE, examplesOf } from '../../packages/cli/dist/index.js';

const HEAD = `# Commands

Made from the commands by \`npm run docs\`; what stands here is what \`--help\` says.

\`npm run -s vqforge -- <command>\` from a built clone, or \`vqforge <command>\` where it is installed.

| command | does |
| --- | --- |
`;

const TAIL = `
## Exit codes

| code    | meaning                                                        |
| ------- | -------------------------------------------------------------- |
| 0       | done                                                           |
| 1       | findings, failed verification, failed parity                   |
| 2       | bad usage, or input or output that cannot be read or written   |
| 3       | the ship gate refused: only the metrics were written           |
| 4       | internal error                                                 |
| 130/143 | interrupted by Ctrl-C / SIGTERM; nothing half-written          |

Results go to stdout, progress and errors to stderr: a bar on a terminal, plain lines elsewhere. An error is one line;
with \`--json\` it is an object with \`code\` and \`message\`, with \`--verbose\` the stack follows.

Every command has \`--json\` (machine-readable result and errors), \`--quiet\` (no progress) and \`--verbose\` (stack traces).
`;

/** The page as text. Commands without an action of their own are groups, whose commands say it all. */
export function commandsPage(program) {
  const commands = allCommands(program).filter((command) => examplesOf(command).length > 0);
  const rows = commands.map((command) => {
    const title = titleOf(command);
    return `| [\`${title}\`](#${anchorOf(title)}) | ${escaped(command.description())} |\n`;
  });
  return HEAD + rows.join('') + TAIL + commands.map(section).join('');
}

function section(command) {
  const examples = examplesOf(command).flatMap(({ what, line }) => [`# ${what}`, line]);
  const args = command.registeredArguments
    .filter(({ description }) => description !== '')
    .map(
      (argument) => `| \`${argument.name()}\` | ${defaultOf(argument)} | ${escaped(meaningOf(argument))} |\n`,
    );
  const flags = command.options
    .filter(({ helpGroupHeading, hidden }) => helpGroupHeading !== EVERYWHERE && !hidden)
    .map(
      (option) =>
        `| \`${option.flags.replaceAll('|', '\\|')}\` | ${defaultOf(option)} | ${escaped(meaningOf(option))} |\n`,
    );
  const table = [...args, ...flags];
  return [
    `\n## ${titleOf(command)}\n\n${sentence(command.description())}\n`,
    ...(table.length === 0 ? [] : ['\n| | default | |\n| --- | --- | --- |\n', ...table]),
    `\n\`\`\`sh\n${examples.join('\n')}\n\`\`\`\n`,
  ].join('');
}

function titleOf(command) {
  const names = [];
  for (let at = command; at.parent; at = at.parent) names.unshift(at.name());
  const args = command.registeredArguments.map((argument) => {
    const name = argument.name() + (argument.variadic ? '…' : '');
    return argument.required ? name.toUpperCase() : `[${name}]`;
  });
  return [...names, ...args].join(' ');
}

/** What is said in words, in the description; else the value. */
const IN_WORDS = /^(.*?) ?\(default: (.*)\)$/s;

function defaultOf({ description, defaultValue, negate }) {
  const [, , words] = IN_WORDS.exec(description) ?? [];
  if (words !== undefined) return escaped(words);
  return defaultValue === undefined || negate ? '' : `\`${defaultValue}\``;
}

function meaningOf({ description, argChoices }) {
  const [, text = description] = IN_WORDS.exec(description) ?? [];
  return argChoices === undefined
    ? text
    : `${text}: ${argChoices.map((choice) => `\`${choice}\``).join(', ')}`;
}

function sentence(text) {
  return `${text[0].toUpperCase()}${text.slice(1)}.`;
}

/** Outside of code, `<` would begin a tag. */
function escaped(text) {
  return text
    .split(/(`[^`]*`)/)
    .map((part, i) => (i % 2 === 1 ? part : part.replaceAll('<', '&lt;')))
    .join('')
    .replaceAll('|', '\\|');
}

/** As GitHub makes it from a heading. */
function anchorOf(title) {
  return title
    .toLowerCase()
    .replace(/[^\p{Letter}\p{Number} -]/gu, '')
    .replaceAll(' ', '-');
}
