// @ts-check
/** Issues in an order that never wavers: sorted once for all who show them. Pure. */
import { last } from "./memo.js";

/** @typedef {Record<string, any>} Row */

/** Highest score first. @type {(issues: Map<string, Row>) => Row[]} */
export const ranked = last((issues) => [...issues.values()].sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1)));

/** @type {Record<string, {label: string, order?: (a: Row, b: Row) => number}>} */
const ORDERS = {
  score: { label: "Score" },
  newest: { label: "Newest", order: (a, b) => (a.last_seen < b.last_seen ? 1 : a.last_seen > b.last_seen ? -1 : 0) },
  moving: { label: "Moving" },
  volume: { label: "Volume", order: (a, b) => b.item_count - a.item_count },
};
export const ORDER_NAMES = Object.entries(ORDERS).map(([name, { label }]) => [name, label]);

/** The issues that the list shows now: within one order, the higher score stands first. @param {Row} state @returns {Row[]} */
export function listed({ issues, trails, ui }) {
  const { filter, sort, quadrant } = ui;
  return found(ranked(issues), filter ?? "", quadrant ?? "", sort, sort === "moving" ? trails : null);
}

const found = last((/** @type {Row[]} */ all, /** @type {string} */ filter, /** @type {string} */ quadrant, /** @type {string} */ sort, /** @type {Map<string, number[]> | null} */ trails) => {
  const wanted = filter.toLocaleLowerCase();
  const fits = (/** @type {Row} */ issue) => (!quadrant || issue.quadrant === quadrant)
    && (!wanted || `${issue.title} ${issue.keywords.join(" ")}`.toLocaleLowerCase().includes(wanted));
  const kept = quadrant || wanted ? all.filter(fits) : all;
  const order = trails ? byMoved(trails) : ORDERS[sort]?.order;
  return order ? [...kept].sort(order) : kept;
});

/** @param {Map<string, number[]>} trails @returns {(a: Row, b: Row) => number} */
function byMoved(trails) {
  const moved = (/** @type {Row} */ { id }) => {
    const trail = trails.get(id) ?? [0];
    return Math.abs(/** @type {number} */ (trail.at(-1)) - trail[0]);
  };
  return (a, b) => moved(b) - moved(a);
}
