// @ts-check
/** The volume of the edition: bars by hand, and the same as a table for whoever does not look at bars. */
import { h } from "../core/dom.js";
import { clock } from "../core/times.js";
import { volume as counted } from "../core/volume.js";
import { count } from "../core/words.js";
import { kindOf, quadrant, quadrants } from "./marks.js";

/** @typedef {Record<string, any>} Row */

const HIGH = 120;
const WIDE = 600;
const GAP = 3;

/** @param {Row} state */
export function volume(state) {
  const { length, steps } = counted(state.issues);
  const names = quadrants(state);
  const most = Math.max(1, ...steps.map(({ total }) => total));
  return h("section", { key: "volume", class: "volume panel", "aria-labelledby": "h-volume" },
    h("div", { class: "head" }, h("h2", { id: "h-volume" }, "When issues came up"),
      steps.length > 0 && h("p", { class: "quiet" }, `${count(state.issues.size, "issue")}, one bar for ${length >= 3_600_000 ? count(length / 3_600_000, "hour") : count(length / 60_000, "minute")}`)),
    steps.length === 0 ? h("p", { class: "quiet" }, "Nothing yet. Bars grow here as the sources are read.") : [
      h("svg", { viewBox: `0 -14 ${WIDE} ${HIGH + 34}`, role: "img", "aria-label": `Issues by the time they were first seen, at most ${most} at once; the table below has the numbers` },
        h("path", { class: "floor", d: `M0 ${HIGH}.5H${WIDE}` }),
        steps.map((step, at) => bar(state, step, at, steps.length, names, most))),
      h("p", { class: "legend" }, names.map((name) => h("span", { key: name }, quadrant(name)))),
      table(state, steps, names)]);
}

/** @param {Row} state @param {import("../core/volume.js").Step} step @param {number} at @param {number} of @param {string[]} names @param {number} most */
function bar(state, step, at, of, names, most) {
  const slot = WIDE / of;
  const width = Math.min(46, slot - GAP), x = at * slot + (slot - width) / 2;
  let top = HIGH;
  const parts = names.filter((name) => step.counts.has(name)).map((name) => {
    const height = /** @type {number} */ (step.counts.get(name)) / most * HIGH;
    top -= height;
    return h("rect", { key: name, class: `q${kindOf(name)}`, x: x.toFixed(1), y: top.toFixed(1), width: width.toFixed(1), height: Math.max(0.5, height - 1).toFixed(1) });
  });
  const every = Math.ceil(of / 6);
  return h("g", { key: String(step.from) }, parts,
    step.total > 0 && h("text", { class: "total", x: (x + width / 2).toFixed(1), y: (top - 4).toFixed(1), "text-anchor": "middle" }, String(step.total)),
    at % every === 0 && h("text", { class: "moment", x: (x + width / 2).toFixed(1), y: HIGH + 15, "text-anchor": "middle" }, clock(state, step.from)));
}

/** @param {Row} state @param {import("../core/volume.js").Step[]} steps @param {string[]} names */
function table(state, steps, names) {
  return h("details", { key: "table" }, h("summary", null, "As a table"),
    h("div", { class: "scrolls", tabindex: "0", role: "region", "aria-label": "Issues by time" }, h("table", null,
      h("thead", null, h("tr", null, h("th", { scope: "col" }, "From"), names.map((name) => h("th", { key: name, scope: "col" }, name)), h("th", { scope: "col" }, "All"))),
      h("tbody", null, steps.map((step) => h("tr", { key: String(step.from) }, h("th", { scope: "row" }, clock(state, step.from)),
        names.map((name) => h("td", { key: name }, String(step.counts.get(name) ?? 0))), h("td", null, String(step.total))))))));
}
