"""How the report looks: one style sheet, no outside file, for screen (light and dark) and print."""

CSS = """
:root { color-scheme: light dark; --ink: #1a1d21; --soft: #5b636d; --line: #d9dde2;
  --paper: #ffffff; --wash: #f4f6f8; --accent: #14507a; --warn: #8a4b00; --warn-wash: #fff4e0; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eaed; --soft: #a3abb5; --line: #353b43;
  --paper: #15181c; --wash: #1e2227; --accent: #8cc4ee; --warn: #ffc46b; --warn-wash: #33270f; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 1.0625rem/1.6 Charter, "Bitstream Charter", "Iowan Old Style", Georgia, serif; }
main { max-width: 44rem; margin: 0 auto; padding: 3rem 1.5rem 4rem; overflow-wrap: anywhere; }
h1 { font-size: 2.1rem; line-height: 1.2; margin: .4rem 0 .8rem; text-wrap: balance; }
h2, .desk, .facts, .note, table, footer, .source, h3 {
  font-family: system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; }
h2 { font-size: .8rem; letter-spacing: .09em; text-transform: uppercase; color: var(--accent);
  margin: 2.6rem 0 .8rem; padding-top: .8rem; border-top: 1px solid var(--line); }
h3 { font-size: .95rem; margin: 1.4rem 0 .3rem; }
.desk { margin: 0; color: var(--soft); font-size: .9rem; }
.facts { margin: 0; padding: 0; list-style: none; color: var(--soft); font-size: .9rem; }
.facts li { display: inline; }
.facts li + li::before { content: " · "; }
.note { margin: 1.4rem 0 0; padding: .7rem 1rem; border-left: 4px solid var(--warn);
  background: var(--warn-wash); color: var(--warn); font-size: .95rem; }
.summary p { font-size: 1.15rem; margin: 0 0 .8rem; }
li { margin: .35rem 0; }
a { color: var(--accent); }
.ref { font: .75em system-ui, sans-serif; vertical-align: .35em; line-height: 0;
  text-decoration: none; }
blockquote { margin: 0; padding: .2rem 0 .2rem 1rem; border-left: 3px solid var(--line); }
.evidence > li { margin: 1.1rem 0; }
.evidence > li:target { background: var(--wash); outline: .5rem solid var(--wash); }
.source { margin: .3rem 0 0 1rem; color: var(--soft); font-size: .85rem; }
table { width: 100%; border-collapse: collapse; font-size: .9rem; }
th, td { text-align: start; vertical-align: top; padding: .45rem .8rem .45rem 0;
  border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; }
.copy { white-space: pre-wrap; margin: 0; padding: .7rem 1rem; background: var(--wash); }
footer { margin-top: 3rem; color: var(--soft); font-size: .8rem; }
code { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, monospace; }
@media print {
  :root { --ink: #000; --soft: #444; --line: #bbb; --paper: #fff; --wash: #fff;
    --accent: #000; --warn: #000; --warn-wash: #fff; color-scheme: light; }
  @page { margin: 18mm 18mm 20mm; }
  body { font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  h1, h2, h3 { break-after: avoid; }
  li, tr, blockquote, .copy { break-inside: avoid; }
  .source a[href]::after { content: " " attr(href); }
}
"""
