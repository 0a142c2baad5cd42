import { startCommand, type CommandOptions, type Outcome } from './command.ts';

/** A server that answers. */
export interface Served {
  readonly url: string;
  /** Ends it by SIGTERM. */
  readonly end: () => Promise<Outcome>;
}

/** Starts `vqforge serve` on a free port. */
export async function startServer(args: readonly string[], options?: CommandOptions): Promise<Served> {
  const { child, outcome } = startCommand(['serve', ...args, '--port', '0', '--json'], options);
  let stdout = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', (text: string) => {
      stdout += text;
      if (stdout.includes('\n')) resolve((JSON.parse(stdout) as { url: string }).url);
    });
    void outcome.then(({ stderr }) => reject(new Error(`serve ended: ${stderr}`)));
  });
  const end = (): Promise<Outcome> => {
    child.kill('SIGTERM');
    return outcome;
  };
  return { url, end };
}

/** The blocks of a page in one language, in order. */
export function codeBlocks(page: string, language: string): string[] {
  return [...page.matchAll(/^```(\w*)\n(.*?)^```$/gms)].flatMap(([, of, text]) =>
    of === language ? [text as string] : [],
  );
}
