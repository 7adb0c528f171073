// @ts-check
/** The radar: a sector for each quadrant, the strongest issues nearest to the middle. */
import { h } from "../core/dom.js";
import { address } from "../core/places.js";
import { dots } from "../core/radar.js";
import { count, percent } from "../core/words.js";
import { kindOf, quadrant, quadrants } from "./marks.js";

/** @typedef {Record<string, any>} Row */

const R = 100;
const RINGS = [25, 50, 75];

/** @param {Row} state @param {Row} acts */
export function radar(state, acts) {
  const names = quadrants(state);
  const placed = dots([...state.issues.values()], names);
  const shown = placed.find(({ issue }) => issue.id === state.ui.over);
  return h("section", { key: "radar", class: "radar", "aria-labelledby": "h-radar" },
    h("div", { class: "head" }, h("h2", { id: "h-radar" }, "Radar"),
      h("p", { class: "quiet legend" }, "Nearer to the middle: higher score. Larger: more items.")),
    h("div", { class: "dial" },
      h("svg", { viewBox: "-112 -106 224 212", role: "group", "aria-label": `${placed.length} issues by quadrant and score` },
        sectors(names), rings(), labels(names), placed.map((dot) => spot(state, acts, dot)))),
    h("ul", { class: "keys" }, names.map((name) => h("li", { key: name },
      h("button", { type: "button", class: "plain", "aria-pressed": String(state.ui.quadrant === name),
        onclick: () => acts.show({ quadrant: state.ui.quadrant === name ? "" : name }) },
      quadrant(name), h("b", null, String(placed.filter(({ issue }) => issue.quadrant === name).length)))))),
    h("p", { class: "why", "aria-live": "off" }, shown ? why(state, shown.issue) : h("span", { class: "quiet" }, "Point at a dot to see why it stands there.")));
}

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
    return h("text", { key: `${name} label`, class: `name q${kindOf(name)}`, x, y: y + (y > 0 ? 8 : -3), "text-anchor": x > 0 ? "start" : "end", "aria-hidden": "true" }, name.slice(0, 14));
  });
}

const rings = () => [
  ...RINGS.map((r) => h("circle", { r, class: "ring" })),
  h("circle", { r: R, class: "ring edge" }),
  [75, 50, 25].map((score) => h("text", { x: 2, y: -(R - score) - 1.5, class: "tick", "aria-hidden": "true" }, String(score))),
];

/** @param {Row} state @param {Row} acts @param {{issue: Row, x: number, y: number, r: number}} dot */
function spot(state, acts, { issue, x, y, r }) {
  const trail = state.trails.get(issue.id) ?? [];
  const up = trail.length > 1 && issue.score > trail[0];
  const changes = state.changes.get(issue.id) ?? 0;
  const over = () => acts.show({ over: issue.id });
  return h("a", { key: issue.id, href: address("brief", issue.id), class: `dot p-${issue.priority} ${changes ? `pulse-${changes % 2}` : ""}`,
    "aria-label": `${issue.title}: ${issue.quadrant}, score ${percent(issue.score)}, ${issue.priority}, ${count(issue.item_count, "item")}`,
    onmouseenter: over, onfocus: over, style: { transform: `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)` } },
  h("circle", { r: Math.max(r + 2, 6), class: "reach" }),
  h("circle", { r, class: "body" }),
  state.briefs.get(issue.id)?.gate_open && h("circle", { r: r + 1.8, class: "ready" }),
  up && h("path", { class: "rise", d: `M0 ${-r - 3.6}l2 2.6h-4z` }));
}

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
