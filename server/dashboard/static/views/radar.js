// @ts-check
/** The radar: a sector for each quadrant, the strongest issues nearest to the middle. */
import { h } from "../core/dom.js";
import { address } from "../core/places.js";
import { last, ofRow } from "../core/memo.js";
import { dots } from "../core/radar.js";
import { ranked } from "../core/ranking.js";
import { count, percent } from "../core/words.js";
import { kindOf, quadrant, quadrants } from "./marks.js";

/** @typedef {Record<string, any>} Row */

const R = 100;
const WIDE = 112;
const RINGS = [25, 50, 75];

/** @param {Row} state @param {Row} acts */
export function radar(state, acts) {
  const names = quadrants(state);
  const placed = stand(ranked(state.issues), names);
  const shown = placed.find(({ issue }) => issue.id === state.ui.over);
  return h("section", { key: "radar", class: "radar", "aria-labelledby": "h-radar" },
    h("div", { class: "head" }, h("h2", { id: "h-radar" }, "Radar"),
      h("p", { class: "quiet legend" }, "Nearer to the middle: higher score. Larger: more items.")),
    h("div", { class: "dial" },
      face(names.join("\n")),
      h("div", { class: "dots", role: "group", "aria-label": `${count(placed.length, "issue")} by quadrant and score` }, placed.map((dot) => spot(state, acts, dot)))),
    h("ul", { class: "keys" }, names.map((name) => h("li", { key: name },
      h("button", { type: "button", class: "plain", "aria-pressed": String(state.ui.quadrant === name),
        onclick: () => acts.show({ quadrant: state.ui.quadrant === name ? "" : name }) },
      quadrant(name), h("b", null, String(placed.filter(({ issue }) => issue.quadrant === name).length)))))),
    h("p", { class: "why", "aria-live": "off" }, shown ? why(state, shown.issue) : h("span", { class: "quiet" }, "Point at a dot to see why it stands there.")));
}

const stand = last(dots);

/** What stands still. @type {(names: string) => any} */
const face = last((names) => {
  const all = names.split("\n");
  return h("svg", { viewBox: `${-WIDE} -106 ${2 * WIDE} 212`, "aria-hidden": "true" }, sectors(all), rings(), labels(all));
});

/** @param {string[]} names */
function sectors(names) {
  const step = 360 / names.length;
  return names.map((name, at) => {
    const [from, to] = [at * step - 90, (at + 1) * step - 90];
    return h("path", { key: name, class: `sector q${kindOf(name)}`, d: `M0 0L${on(R, from)}A${R} ${R} 0 ${step > 180 ? 1 : 0} 1 ${on(R, to)}Z` });
  });
}

/** Each quadrant's name beside its sector. @param {string[]} names */
function labels(names) {
  return names.map((name, at) => {
    const angle = (((at + 0.5) * 360) / names.length - 90) * (Math.PI / 180);
    const [x, y] = [105 * Math.cos(angle), 105 * Math.sin(angle)];
    return h("text", { key: `${name} label`, class: `name q${kindOf(name)}`, x, y: y + (y > 0 ? 8 : -3), "text-anchor": x > 0 ? "start" : "end" }, name.slice(0, 14));
  });
}

const rings = () => [
  ...RINGS.map((r) => h("circle", { r, class: "ring" })),
  h("circle", { r: R, class: "ring edge" }),
  [75, 50, 25].map((score) => h("text", { x: 2, y: -(R - score) - 1.5, class: "tick" }, String(score))),
];

/** A length of the face, in hundredths of its width. @param {number} n */
const part = (n) => `${(n / WIDE * 50).toFixed(2)}%`;

/** @param {Row} state @param {Row} acts @param {{issue: Row, x: number, y: number, r: number}} dot */
const spot = (state, acts, { issue, x, y, r }) =>
  dot(issue, acts, part(x), part(y), part(2 * r), state.trails.get(issue.id)?.[0] ?? issue.score, state.changes.get(issue.id) ?? 0, Boolean(state.briefs.get(issue.id)?.gate_open));

const dot = ofRow((issue, /** @type {Row} */ acts, /** @type {string} */ x, /** @type {string} */ y, /** @type {string} */ d,
  /** @type {number} */ first, /** @type {number} */ changes, /** @type {boolean} */ isReady) => {
  const over = () => acts.show({ over: issue.id });
  return h("span", { key: issue.id, class: "at", style: { transform: `translate(${x}, ${y})` } },
    h("a", { href: address("brief", issue.id), class: `dot p-${issue.priority}${isReady ? " ready" : ""}${changes ? ` pulse-${changes % 2}` : ""}`,
      "aria-label": `${issue.title}: ${issue.quadrant}, score ${percent(issue.score)}, ${issue.priority}, ${count(issue.item_count, "item")}`,
      onmouseenter: over, onfocus: over, style: { "--d": d } },
    issue.score > first && h("i", { class: "rise" })));
});

/** @param {Row} state @param {Row} issue */
function why(state, issue) {
  const reasons = issue.reasons.join("; ");
  return [h("b", { dir: "auto" }, issue.title), ` ${percent(issue.score)} · ${issue.priority} · `,
    `${count(issue.item_count, "item")} from ${count(issue.source_count, "source")}`, reasons && ` · ${reasons}`];
}

/** @param {number} r @param {number} degrees */
function on(r, degrees) {
  const angle = (degrees * Math.PI) / 180;
  return `${(r * Math.cos(angle)).toFixed(2)} ${(r * Math.sin(angle)).toFixed(2)}`;
}
