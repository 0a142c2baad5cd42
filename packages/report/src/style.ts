/** The one style sheet of a report: light and dark, phone and desk, screen and paper. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fff; --wash: #f5f7f9; --ink: #1b2026; --muted: #56616d; --rule: #d9dee4; --grid: #e9edf1;
  --accent: #1f5fa8; --second: #a84b00; --good: #17693b; --bad: #b3261e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171b; --wash: #1c2026; --ink: #e7eaee; --muted: #a3adb8; --rule: #353c45; --grid: #272d34;
    --accent: #7fb2ef; --second: #efa25c; --good: #74c794; --bad: #f2938a;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif;
  font-variant-numeric: tabular-nums;
}
header, main, footer { max-width: 1240px; margin: 0 auto; padding: 0 20px; }
header { padding-top: 28px; }
h1 { font-size: 24px; line-height: 1.25; margin: 0; letter-spacing: -0.01em; overflow-wrap: anywhere; }
h2 { font-size: 17px; margin: 36px 0 4px; padding-top: 14px; border-top: 1px solid var(--rule); }
h3 { font-size: 14px; margin: 0; overflow-wrap: anywhere; }
p { margin: 4px 0 12px; max-width: 76ch; }
.lead, .note, figcaption { color: var(--muted); }
.lead { margin-top: 2px; }
.note, figcaption { font-size: 13px; line-height: 1.45; }
code { font: 12.5px/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.verdict { display: inline-block; padding: 1px 9px; border: 1.5px solid; border-radius: 4px; font-size: 13px; font-weight: 600; }
.good { color: var(--good); }
.bad { color: var(--bad); }
.tiles { display: flex; flex-wrap: wrap; gap: 1px; margin: 16px 0 4px; padding: 0; background: var(--rule); border: 1px solid var(--rule); border-radius: 6px; overflow: hidden; }
.tiles div { flex: 1 1 138px; background: var(--paper); padding: 9px 13px 10px; }
.tiles dt { color: var(--muted); font-size: 12.5px; }
.tiles dd { margin: 0; font-size: 19px; line-height: 1.3; }
.tiles small { display: block; color: var(--muted); font-size: 12px; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 350px), 1fr)); gap: 22px 30px; margin-top: 14px; }
figure { margin: 0; min-width: 0; break-inside: avoid; }
figure svg { display: block; width: 100%; height: auto; margin: 4px 0 2px; }
.triplet { display: grid; grid-template-columns: repeat(3, 1fr); gap: 8px; margin-top: 6px; }
.triplet img { display: block; width: 100%; height: auto; image-rendering: pixelated; }
.triplet p { margin: 3px 0 0; font-size: 12px; line-height: 1.35; color: var(--muted); }
.triplet b { display: block; color: var(--ink); font-weight: 600; }
svg text { fill: var(--muted); font-size: 10.5px; font-family: inherit; }
svg .name { fill: var(--ink); }
svg .grid { stroke: var(--grid); stroke-width: 1; fill: none; }
svg .axis { stroke: var(--rule); stroke-width: 1; fill: none; }
svg .guide { stroke: var(--muted); stroke-width: 1; stroke-dasharray: 3 3; fill: none; }
svg .limit { stroke: var(--bad); stroke-width: 1.2; stroke-dasharray: 4 2; fill: none; }
svg .dots { stroke: var(--accent); stroke-width: 2.2; stroke-linecap: round; stroke-opacity: 0.6; fill: none; }
svg .dots.large { stroke-width: 5; }
svg .line { stroke: var(--accent); stroke-width: 1.8; fill: none; }
svg .line.second { stroke: var(--second); }
svg .fill { fill: var(--accent); }
svg .fill.second { fill: var(--second); }
svg .hollow { fill: none; stroke: var(--second); stroke-width: 1.5; }
svg .whisker { stroke: var(--accent); stroke-width: 1.2; fill: none; }
svg .wide { fill: var(--accent); fill-opacity: 0.18; }
svg .narrow { fill: var(--accent); fill-opacity: 0.34; }
svg .error { stroke: var(--ink); stroke-width: 1.1; fill: none; }
svg .tick { stroke: var(--second); stroke-width: 2.4; fill: none; }
svg .step0 { fill: var(--accent); fill-opacity: 0.2; }
svg .step1 { fill: var(--accent); fill-opacity: 0.4; }
svg .step2 { fill: var(--accent); fill-opacity: 0.6; }
svg .step3 { fill: var(--accent); fill-opacity: 0.8; }
svg .step4 { fill: var(--accent); }
.beside { display: grid; grid-template-columns: minmax(0, 400px) minmax(0, 1fr); gap: 10px 34px; margin-top: 14px; }
.listing { margin: 14px 0 10px; min-width: 0; }
.listing > p { margin-bottom: 6px; }
.beside .listing { margin-top: 0; }
.scroll { overflow-x: auto; }
.scroll:focus-visible, summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
table { border-collapse: collapse; font-size: 13.5px; }
th, td { padding: 3px 12px 3px 0; text-align: right; white-space: nowrap; }
th { font-weight: 600; vertical-align: bottom; }
thead th { border-bottom: 1px solid var(--ink); }
tbody tr:nth-child(even) { background: var(--wash); }
tbody th, thead th:first-child { text-align: left; }
tbody th { font-weight: 400; padding-left: 6px; }
tbody th, tbody td { max-width: 260px; overflow: hidden; text-overflow: ellipsis; }
tfoot th, tfoot td { font-weight: 600; text-align: right; }
tfoot tr:first-child > * { border-top: 1px solid var(--ink); }
tfoot th { text-align: left; padding-left: 6px; }
td.bar { min-width: 92px; }
td.bar svg { display: block; width: 80px; height: 9px; }
p code { white-space: nowrap; }
details { margin: 6px 0; font-size: 13px; }
summary { cursor: pointer; color: var(--muted); }
.facts { display: grid; grid-template-columns: minmax(96px, max-content) minmax(0, 1fr); gap: 2px 18px; margin: 10px 0; font-size: 14px; }
.facts dt { color: var(--muted); }
.facts dd { margin: 0; overflow-wrap: anywhere; }
ul { margin: 4px 0 12px; padding-left: 20px; }
footer { margin-top: 40px; padding-top: 12px; padding-bottom: 32px; color: var(--muted); font-size: 13px; }
@media (max-width: 960px) {
  .beside { grid-template-columns: minmax(0, 1fr); }
}
@media (max-width: 640px) {
  header, main, footer { padding-left: 16px; padding-right: 16px; }
  .scroll th:first-child { position: sticky; left: 0; max-width: 132px; background: var(--paper); }
  .scroll tbody tr:nth-child(even) th:first-child { background: var(--wash); }
}
@media print {
  :root {
    color-scheme: light;
    --paper: #fff; --wash: #fff; --ink: #000; --muted: #444; --rule: #bbb; --grid: #e4e4e4;
    --accent: #1f5fa8; --second: #a84b00; --good: #17693b; --bad: #b3261e;
  }
  body { font-size: 10.5pt; }
  header, main, footer { max-width: none; padding: 0; }
  .charts { grid-template-columns: repeat(2, 1fr); }
  h2 { break-after: avoid; }
  .scroll { overflow: visible; }
  table { font-size: 8pt; }
  th, td { padding: 1px 7px 1px 0; }
  tbody th, tbody td { max-width: 140px; }
  td.bar { min-width: 0; }
  td.bar svg { width: 32px; }
}
`;
