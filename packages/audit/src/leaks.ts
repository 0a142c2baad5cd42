/** A trace of the machine or person that wrote a file. */
export interface Leak {
  readonly kind: 'absolute path' | 'home folder' | 'file URL' | 'account' | 'host' | 'private name';
  readonly text: string;
}

/** Top-level folders of Linux and macOS, and those that build machines use. */
const TOP_FOLDERS =
  'Applications|Library|System|Users|Volumes|app|bin|boot|build|builds|cygdrive|data|dev|etc|github|home|lib|media|mnt|nix|opt|private|proc|root|run|scratch|srv|sys|tmp|usr|var|work|workspace|workspaces';

/** What a path starts after: its string's begin, or something that no path contains. */
const BEFORE = String.raw`(?<![\w/.:~+-])`;
const PATTERNS: readonly (readonly [Leak['kind'], RegExp])[] = [
  ['file URL', /\bfile:\/\/[^\s"']+/g],
  ['absolute path', new RegExp(`${BEFORE}/(?:${TOP_FOLDERS})/[^\\s"'<>|]+`, 'g')],
  ['absolute path', /(?<![\w])[A-Za-z]:\\[\w .-]+\\[^\s"'<>|]+/g],
  ['absolute path', /(?<![\w\\])\\\\[\w.-]{2,}\\[^\s"'<>|]+/g],
  ['home folder', new RegExp(`${BEFORE}~[\\w.-]*/[^\\s"']+`, 'g')],
  // not a name at a git revision, such as fastdvdnet@c8fdf61
  ['account', /(?<![\w.+-])[\w.+-]+@(?![0-9a-f]{7,40}\b)[A-Za-z][\w-]*(?:\.[\w-]+)*/g],
  ['host', /(?<![\w.-])[\w-]+\.(?:local|localdomain|lan|internal|corp|home\.arpa)(?![\w.-])/g],
  ['host', /(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])/g],
];

/** A string that is nothing but a POSIX path, whatever its first folder is called. */
const WHOLE_PATH = /^\/[\w.@+ -]+(?:\/[\w.@+ -]+)+\/?$/;

/**
 * Absolute paths, home folders, accounts and hosts in a text that a document carries.
 *
 * Accounts and hosts are guesses from their shape (`ada@lab`, `ada.local`, an IPv4 address). A user or host name alone
 * has no shape: `privateNames` lists those that must not occur.
 *
 * @example leaksInJson('File "/home/ada/vq/a.py", line 1', [])[0]?.text // => '/home/ada/vq/a.py'
 */
function leaksInText(text: string, privateNames: readonly string[]): Leak[] {
  // addresses of the public web are meant to be there
  const own = text.replace(/\bhttps?:\/\/[^\s"']+/g, ' ');
  const found = PATTERNS.flatMap(([kind, pattern]) =>
    [...own.matchAll(pattern)].map((match): Leak => ({ kind, text: match[0] })),
  );
  if (found.length === 0 && WHOLE_PATH.test(own)) found.push({ kind: 'absolute path', text: own });
  return [...found, ...namesIn(own, privateNames)];
}

/** Keys of our documents whose strings are base64: random letters, in which anything can be found. */
const BASE64_KEYS = new Set(['float32_base64', 'payload', 'sig', 'rawBytes']);

/** Finds private paths and names in every key and string of a JSON value, as `leaksInText` does in a text. */
export function leaksInJson(value: unknown, privateNames: readonly string[]): Leak[] {
  if (typeof value === 'string') return leaksInText(value, privateNames);
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item) => leaksInJson(item, privateNames));
  return Object.entries(value).flatMap(([key, item]) => [
    ...leaksInText(key, privateNames),
    ...(BASE64_KEYS.has(key) ? [] : leaksInJson(item, privateNames)),
  ]);
}

/**
 * Paths and names in a file that is mostly numbers. It is searched as bytes, so that a field which a protobuf reader
 * would not show is seen; and for long patterns only, as short ones occur in weights by chance.
 */
export function leaksInBytes(bytes: Uint8Array, privateNames: readonly string[]): Leak[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const paths = [
    new RegExp(`/(?:${TOP_FOLDERS})/[\\w.@+-]{2,}(?:/[\\w.@+-]+)*`, 'g'),
    /[A-Za-z]:\\[\w .-]{2,}\\[\w .\\-]{3,}/g,
    /file:\/\/[\w./-]{3,}/g,
  ];
  return [
    ...paths.flatMap((pattern) =>
      [...text.matchAll(pattern)].map((match): Leak => ({ kind: 'absolute path', text: match[0] })),
    ),
    // four letters occur by chance once in 2^32 bytes
    ...namesIn(
      text,
      privateNames.filter((name) => name.length >= 4),
    ),
  ];
}

function namesIn(text: string, privateNames: readonly string[]): Leak[] {
  return privateNames.flatMap((name) => {
    const word = new RegExp(`(?<![A-Za-z0-9])${name.replace(/[^\w]/g, String.raw`\$&`)}(?![A-Za-z0-9])`, 'g');
    return [...text.matchAll(word)].map((): Leak => ({ kind: 'private name', text: name }));
  });
}
