import { sha256 } from '@vqforge/base';
import { Markup, markup, type Part } from './markup.ts';
import { STYLE } from './style.ts';

interface Page {
  readonly title: string;
  /** Under the title, one line. */
  readonly lead: Part;
  readonly verdict?: { readonly good: boolean; readonly text: string };
  readonly tiles: readonly Tile[];
  readonly sections: readonly Section[];
}

/** A number at the top of a report. */
export interface Tile {
  readonly label: string;
  readonly value: string;
  readonly detail: string;
}

export interface Section {
  readonly title: string;
  readonly body: readonly Part[];
}

/**
 * A report as one file that loads nothing: its policy allows its own style sheet, by digest, and pictures inside the
 * file. There is no script, and none would run.
 */
export function pageText({ title, lead, verdict, tiles, sections }: Page): string {
  const style = new Markup(STYLE);
  const digest = Buffer.from(sha256(STYLE), 'hex').toString('base64');
  const policy = `default-src 'none'; style-src 'sha256-${digest}'; img-src data:; base-uri 'none'; form-action 'none'`;
  const badge =
    verdict === undefined
      ? ''
      : markup` <span class="verdict ${verdict.good ? 'good' : 'bad'}">${verdict.text}</span>`;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>${title} · vqforge report</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>${title}${badge}</h1>
<p class="lead">${lead}</p>
<dl class="tiles">${tiles.map(tileMarkup)}</dl>
</header>
<main>
${sections.map(({ title: heading, body }) => markup`<section><h2>${heading}</h2>${body}</section>\n`)}</main>
<footer>Made by <code>vqforge report</code> from the run's own files. One file, no script, no network.</footer>
</body>
</html>
`.text;
}

function tileMarkup({ label, value, detail }: Tile): Markup {
  return markup`<div><dt>${label}</dt><dd>${value}<small>${detail}</small></dd></div>`;
}

/** Names and values, one pair per line. */
export function factsMarkup(facts: readonly (readonly [string, Part])[]): Markup {
  return markup`<dl class="facts">${facts.map(([name, value]) => markup`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}

interface Table {
  readonly caption: string;
  readonly head: readonly string[];
  /** The first cell of a row names it. */
  readonly rows: readonly (readonly Part[])[];
  readonly foot?: readonly (readonly Part[])[];
}

/** A table that scrolls by itself where the page is narrower. */
export function tableMarkup({ caption, head, rows, foot = [] }: Table): Markup {
  const line = ([name = '', ...cells]: readonly Part[]): Markup =>
    markup`<tr><th scope="row"${titleOf(name)}>${name}</th>${cells.map((cell) => (cell instanceof Markup ? cell : markup`<td${titleOf(cell)}>${cell}</td>`))}</tr>\n`;
  return markup`<div class="listing"><p class="note">${caption}</p>
<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table aria-label="${caption}">
<thead><tr>${head.map((name) => markup`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows.map(line)}</tbody>
${foot.length === 0 ? '' : markup`<tfoot>${foot.map(line)}</tfoot>`}</table></div></div>
`;
}

/** Long names are cut in a column; the pointer shows them whole. */
function titleOf(name: Part): Part {
  return typeof name === 'string' && name.length > 28 ? markup` title="${name}"` : '';
}
