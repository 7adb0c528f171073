// @ts-check
/** A brief as one role needs it. */
import { h } from "../core/dom.js";
import { may } from "../core/standing.js";
import { LENSES } from "../core/words.js";

/** @typedef {Record<string, any>} Row */

/** @param {Row} state @param {Row} acts @param {Row} row */
export function lens(state, acts, row) {
  const { lens: chosen } = state.ui;
  const body = chosen && state.bodies[`${row.id} ${chosen}`];
  return h("section", { key: "lens", class: "lens", "aria-labelledby": "h-lens" },
    h("h2", { id: "h-lens" }, "Through the eyes of"),
    h("div", { class: "tabs", role: "group", "aria-labelledby": "h-lens" }, LENSES.map(([name, label]) =>
      h("button", { key: name, type: "button", "aria-pressed": String(chosen === name), onclick: () => acts.show({ lens: chosen === name ? "" : name }) }, label))),
    body && (body.error ? h("p", { class: "problem" }, body.error) : through(body)),
    may(state, "edit") && h("small", { key: "made" }, "Made of the text of the brief: edit that, and this follows."));
}

/** @param {Row} body */
function through(body) {
  return h("div", { key: body.lens, class: "through" },
    h("p", { class: "headline", dir: "auto" }, body.headline),
    points("Decide and do", body.actions), points("Say", body.talking_points));
}

/** @param {string} title @param {string[]} texts */
function points(title, texts) {
  if (!texts.length) return null;
  return [h("h3", null, title), h("ul", null, texts.map((text, at) => h("li", { key: `${title}${at}`, dir: "auto" }, text)))];
}
