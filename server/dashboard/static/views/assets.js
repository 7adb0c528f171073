// @ts-check
/** Copy made from a brief for one audience. What leaves by the clipboard unsigned says so. */
import { h } from "../core/dom.js";
import { marked } from "../core/standing.js";
import { ASSETS } from "../core/words.js";

/** @typedef {Record<string, any>} Row */

/** @param {Row} state @param {Row} acts @param {Row} row */
export function assets(state, acts, row) {
  const { audience } = state.ui;
  const body = audience && state.bodies[`${row.id} ${audience}`];
  return h("section", { key: "assets", class: "assets", "aria-labelledby": "h-assets" },
    h("h2", { id: "h-assets" }, "Copy for"),
    h("div", { class: "tabs", role: "group", "aria-labelledby": "h-assets" }, (state.config?.audiences ?? []).map((/** @type {string} */ name) =>
      h("button", { key: name, type: "button", "aria-pressed": String(audience === name), onclick: () => acts.show({ audience: audience === name ? "" : name }) }, name))),
    body && (body.error ? h("p", { class: "problem" }, body.error) : pieces(state, acts, row, body)));
}

/** @param {Row} state @param {Row} acts @param {Row} row @param {Row} body */
function pieces(state, acts, row, body) {
  const isMarked = marked(state, row, "") !== "";
  return h("div", { key: body.audience, class: "pieces" },
    isMarked && h("p", { class: "stamp" }, "DRAFT – UNSIGNED"),
    ASSETS.map(([name, label]) => h("section", { key: name, class: "piece" },
      h("div", { class: "head" }, h("h3", null, label),
        h("button", { type: "button", class: "small", "aria-label": `Copy the ${label}${isMarked ? ", marked as an unsigned draft" : ""}`,
          onclick: () => acts.copy(row, body.assets[name]) }, "Copy")),
      h("p", { class: "copytext", dir: "auto" }, body.assets[name]))));
}
