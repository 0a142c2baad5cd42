import type { CorpusStatus } from '@vqforge/artifact';
import { counted } from '@vqforge/base';
import { markup } from './markup.ts';
import { count } from './numbers.ts';
import { pageText, tableMarkup } from './page.ts';

/** More rows than that are no page; the command has all. */
const MOST_LETTERS = 1000;

/** The page of a corpus: what is done, how fast, and what was given up and why. */
export function corpusReport(name: string, status: CorpusStatus): string {
  const { pairs, done, waiting, unread, dead_letters: dead, per_hour: rate, seconds_left: left } = status;
  const shown = dead.slice(0, MOST_LETTERS);
  return pageText({
    title: `Corpus ${name}`,
    lead: `${count(done)} of ${counted(pairs, 'pair')} measured.`,
    verdict: { good: done === pairs, text: done === pairs ? 'complete' : 'incomplete' },
    tiles: [
      { label: 'measured', value: count(done), detail: `of ${count(pairs)}` },
      { label: 'waiting', value: count(waiting), detail: `${count(unread)} with clips not read yet` },
      { label: 'given up', value: count(dead.length), detail: 'vqforge corpus retry tries them again' },
      {
        label: 'an hour',
        value: rate === null ? '–' : count(Math.round(rate)),
        detail: left === null ? 'time left not known' : `${count(Math.ceil(left / 60))} minutes left`,
      },
    ],
    sections:
      dead.length === 0
        ? []
        : [
            {
              title: 'Given up',
              body: [
                tableMarkup({
                  caption: 'Pairs without a result, with the reason of the last attempt',
                  head: ['source', 'distorted', 'code', 'attempts', 'message'],
                  rows: shown.map(({ source, dis_basename: distorted, code, attempts, message }) => [
                    source,
                    distorted,
                    code,
                    String(attempts),
                    message,
                  ]),
                }),
                ...(dead.length > shown.length
                  ? [markup`<p>${count(dead.length - shown.length)} more are in vqforge corpus status.</p>`]
                  : []),
              ],
            },
          ],
  });
}
