// @ts-check
/** Copy made from a brief for one audience. What leaves by the clipboard unsigned says so. */
import { h } from "../core/dom.js";
import { marked, may, whyNotLive } from "../core/standing.js";
import { ASSETS } from "../core/words.js";
import { meanwhile } from "./editor.js";

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
  if (state.ui.editing === row.id && state.ui.editingCopy === body.audience) return editor(state, acts, row, body);
  const isMarked = marked(state, row, "") !== "";
  const edit = () => acts.beginEdit(row.id, row.digest, body.audience);
  return h("div", { key: body.audience, class: "pieces" },
    h("div", { class: "head" }, isMarked ? h("p", { class: "stamp" }, "DRAFT – UNSIGNED") : h("span", null),
      may(state, "edit") && h("button", { type: "button", class: "small plain", disabled: Boolean(whyNotLive(state)), onclick: edit }, "Edit the copy")),
    ASSETS.map(([name, label]) => h("section", { key: name, class: "piece" },
      h("div", { class: "head" }, h("h3", null, label),
        h("button", { type: "button", class: "small", "aria-label": `Copy the ${label}${isMarked ? ", marked as an unsigned draft" : ""}`,
          onclick: () => acts.copy(row, body.assets[name]) }, "Copy")),
      h("p", { class: "copytext", dir: "auto" }, body.assets[name]))));
}

/** The three pieces for one audience, in the words of a person. @param {Row} state @param {Row} acts @param {Row} row @param {Row} body */
function editor(state, acts, row, body) {
  const draft = state.ui.draft ?? {};
  const isStale = state.ui.editingFrom !== row.digest;
  const changes = ASSETS.filter(([name]) => draft[name] !== undefined && draft[name] !== body.assets[name]);
  const why = whyNotLive(state) || (isStale ? "Read what was changed meanwhile first." : changes.length ? "" : "Nothing is changed yet.");
  return h("form", { key: `edit ${body.audience}`, class: "editor", "aria-label": `Edit the copy for ${body.audience}`, onsubmit: (/** @type {any} */ event) => {
    event.preventDefault();
    const copy = Object.fromEntries(ASSETS.map(([name]) => [name, draft[name] ?? body.assets[name]]));
    acts.edit(row.id, state.ui.editingFrom, { assets: { [body.audience]: copy } });
  } },
  isStale && meanwhile(state, acts, row, changes.map(([, label]) => label)),
  ASSETS.map(([name, label]) => h("label", { key: name }, label, h("textarea", { name, rows: "5", dir: "auto", required: true, value: draft[name] ?? body.assets[name],
    oninput: (/** @type {any} */ event) => acts.note({ [name]: event.target.value }) }))),
  h("div", { class: "actions" }, h("button", { type: "submit", class: "primary", disabled: Boolean(why) }, "Save the copy"),
    h("button", { type: "button", onclick: acts.endEdit }, "Leave it as it is"), why && h("small", { class: "because" }, why)));
}
