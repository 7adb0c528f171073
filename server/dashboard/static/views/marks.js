// @ts-check
/** Small signs that stand in many places. None speaks by colour alone. */
import { h } from "../core/dom.js";
import { last } from "../core/memo.js";
import { percent, PRIORITIES, STATES } from "../core/words.js";

/** @typedef {Record<string, any>} Row */

/** The order of the default taxonomy; others come after, by name. */
const KNOWN = ["Policy", "Industry", "Risk", "Advocacy"];
const SHAPES = ["M2 2h8v8H2z", "M6 1.2 11 10.4H1z", "M6 .8 11.2 6 6 11.2 .8 6z", "M6 1a5 5 0 1 0 0 10A5 5 0 0 0 6 1z"];

/** Every quadrant of the desk, in a stable order. @param {Row} state @returns {string[]} */
export const quadrants = (state) => among(state.issues);

const among = last((/** @type {Map<string, Row>} */ issues) => {
  const found = new Set();
  for (const { quadrant: name } of issues.values()) found.add(name);
  const own = [...found].filter((name) => !KNOWN.includes(name)).sort();
  const isDefault = own.length === 0 || KNOWN.some((name) => found.has(name));
  return isDefault ? [...KNOWN, ...own] : own;
});

/** @param {string} name which of the four colours and shapes a quadrant has */
export function kindOf(name) {
  const at = KNOWN.indexOf(name);
  if (at >= 0) return at;
  return [...name].reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0) % 4;
}

/** @param {string} name */
export function quadrant(name) {
  const kind = kindOf(name);
  return h("span", { class: `quadrant q${kind}` },
    h("svg", { viewBox: "0 0 12 12", "aria-hidden": "true" }, h("path", { d: SHAPES[kind] })),
    h("span", { dir: "auto" }, name));
}

/** Four bars, as many filled as the priority is high. @param {string} name */
export function priority(name) {
  const filled = PRIORITIES.length - PRIORITIES.indexOf(name);
  return h("span", { class: `priority p-${name}` },
    h("svg", { viewBox: "0 0 16 12", "aria-hidden": "true" }, [0, 1, 2, 3].map((at) =>
      h("rect", { x: at * 4, y: 9 - at * 3, width: 3, height: 3 + at * 3, class: at < filled ? "on" : "off" }))),
    h("span", null, name));
}

/** @param {Row} brief */
export function standing(brief) {
  const text = brief.exported ? "Exported" : brief.gate_open ? "Ready to leave" : STATES[brief.state] ?? brief.state;
  const kind = brief.exported ? "left" : brief.gate_open ? "open" : brief.state;
  return h("span", { class: `standing s-${kind}` }, text);
}

/** How the score went since the page was opened. @param {number[]} trail */
export function sparkline(trail) {
  if (trail.length < 2) return null;
  const low = Math.min(...trail), span = Math.max(0.02, Math.max(...trail) - low);
  const points = trail.map((score, at) => `${((at / (trail.length - 1)) * 58 + 1).toFixed(1)} ${(14 - ((score - low) / span) * 12).toFixed(1)}`);
  const way = /** @type {number} */ (trail.at(-1)) - trail[0];
  return h("svg", { class: `spark ${way > 0 ? "up" : way < 0 ? "down" : ""}`, viewBox: "0 0 60 16", role: "img",
    "aria-label": `From ${percent(trail[0])} to ${percent(/** @type {number} */ (trail.at(-1)))} since this page was opened` },
  h("path", { d: `M${points.join("L")}` }));
}

/** Up, down or level, since the page was opened. @param {number[]} trail */
export function way(trail) {
  const by = trail.length < 2 ? 0 : Math.round((/** @type {number} */ (trail.at(-1)) - trail[0]) * 100);
  if (by === 0) return null;
  return h("span", { class: by > 0 ? "up" : "down" }, by > 0 ? `▲ ${by}` : `▼ ${-by}`);
}
