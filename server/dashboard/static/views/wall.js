// @ts-check
/** One stable screen for a wall: the five top issues that were released, readable from five metres. */
import { h } from "../core/dom.js";
import { address } from "../core/places.js";
import { editionDay, time } from "../core/times.js";
import { asOf, released } from "../core/wall.js";
import { priority, quadrant } from "./marks.js";
import { light } from "./people.js";

/** @typedef {Record<string, any>} Row */

/** @param {Row} state @param {Row} acts */
export function wall(state, acts) {
  const briefs = released(state);
  return h("main", { id: "main", key: "wall", class: "wall", tabindex: "-1" },
    h("header", null,
      h("h1", null, editionDay(state) || "Wireroom"),
      h("p", { class: "asof" }, briefs.length ? ["As of ", time(state, asOf(briefs))] : null),
      light(state, acts)),
    briefs.length ? h("ol", null, briefs.map(row)) : nothing(),
    h("footer", null, h("a", { href: address("desk") }, "Leave the wall")));
}

/** @param {Row} brief */
function row(brief) {
  return h("li", { key: brief.id, class: `p-${brief.priority}` },
    h("p", { class: "headline", dir: "auto" }, brief.title),
    h("p", { class: "facts" }, quadrant(brief.quadrant), priority(brief.priority)));
}

function nothing() {
  return h("div", { class: "empty" }, h("p", null, "Nothing has been released yet today."),
    h("p", { class: "quiet" }, "A brief shows here once all have signed it and its package has left."));
}
