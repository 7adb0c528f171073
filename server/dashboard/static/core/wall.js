// @ts-check
/** What a screen on the wall may show: only what people have released, five at most. Pure. */
import { sortedBriefs } from "./standing.js";

/** @typedef {Record<string, any>} Row */

export const ON_THE_WALL = 5;

/**
 * A brief whose text has moved on since it left is not what was released, so it does not show.
 * @param {Row} state @returns {Row[]}
 */
export function released(state) {
  const left = (/** @type {Row} */ brief) => brief.state === "released" && brief.gate_open;
  return sortedBriefs(state).filter(left).slice(0, ON_THE_WALL);
}

/** When what is shown was true: the newest "as of" among it. @param {Row[]} briefs */
export function asOf(briefs) {
  return briefs.reduce((newest, { as_of: at }) => (at > newest ? at : newest), "");
}
