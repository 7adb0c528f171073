// @ts-check
/** A brief edited in place: every text of it, one sentence a line. What somebody else saves meanwhile is shown beside it. */
import { h } from "../core/dom.js";
import { changesOf, TEXTS, TITLE, written } from "../core/editing.js";
import { whyNotLive } from "../core/standing.js";
import { count, list } from "../core/words.js";
import { changed } from "./difference.js";

/** @typedef {Record<string, any>} Row */

/** @param {Row} state @param {Row} acts @param {Row} row @param {Row} text */
export function editor(state, acts, row, text) {
  const draft = state.ui.draft ?? {};
  const changes = changesOf(text, draft);
  const isStale = state.ui.editingFrom !== row.digest;
  const why = whyNotLive(state) || (isStale ? "Read what was changed meanwhile first." : Object.keys(changes).length ? "" : "Nothing is changed yet.");
  return h("form", { key: "editor", class: "editor", "aria-label": "Edit the brief", onsubmit: (/** @type {any} */ event) => {
    event.preventDefault();
    if (!why) acts.edit(row.id, state.ui.editingFrom, changes, text);
  } },
  isStale && meanwhile(state, acts, row, Object.keys(changes)),
  h("label", null, h("span", { class: "h2" }, "Title"), field(acts, draft, text, TITLE, true)),
  h("p", { class: "quiet" }, "One sentence a line. A sentence that you leave as it is keeps its evidence."),
  TEXTS.map(([name, label]) => h("label", { key: name }, h("span", { class: "h2" }, label), field(acts, draft, text, name, name === "summary"))),
  ending(state, acts, row, why));
}

/** @param {Row} acts @param {Row} draft @param {Row} text @param {string} name @param {boolean} required */
function field(acts, draft, text, name, required) {
  const value = draft[name] ?? written(text, name);
  const rows = Math.min(10, Math.max(2, value.split("\n").length + Math.round(value.length / 90)));
  return h("textarea", { key: name, name, dir: "auto", rows: String(name === TITLE ? 2 : rows), required, maxlength: name === TITLE ? "300" : null, value,
    oninput: (/** @type {any} */ event) => acts.note({ [name]: event.target.value }),
    made: (/** @type {HTMLTextAreaElement} */ made) => { if (name === "summary") made.focus(); } });
}

/** @param {Row} state @param {Row} acts @param {Row} row @param {string} why */
function ending(state, acts, row, why) {
  const signed = row.signoffs.filter((/** @type {Row} */ one) => one.approve && !one.voided).length;
  return h("div", { key: "ending", class: "ending" },
    signed > 0 && h("p", { class: "problem" }, `Saving makes a new revision: ${count(signed, "approval")} will no longer count.`),
    h("div", { class: "actions" },
      h("button", { type: "submit", class: "primary", disabled: Boolean(why) }, "Save as a new revision"),
      h("button", { type: "button", onclick: acts.endEdit }, "Leave it as it is"),
      why && h("small", { class: "because" }, why)));
}

/** What somebody else saved since this edit began. Nothing typed is lost; only fields that both changed are decided here. */
/** @param {Row} state @param {Row} acts @param {Row} row @param {string[]} mine what is typed here */
export function meanwhile(state, acts, row, mine) {
  const found = state.bodies[`${row.id} meanwhile`];
  const by = [...new Set((found?.revisions ?? []).map((/** @type {Row} */ one) => one.author))];
  return h("section", { key: "meanwhile", class: "problem meanwhile", role: "alert" },
    h("p", null, h("strong", null, by.length ? `${list(/** @type {string[]} */ (by))} changed this brief while you wrote. ` : "Somebody changed this brief while you wrote. "),
      mine.length ? `What you typed is kept: your ${list(mine)} would take the place of theirs, the rest stays as they left it.` : "You have typed nothing yet."),
    !found ? h("p", { class: "quiet" }, "Reading what was changed…") : found.error ? h("p", null, found.error)
      : h("div", { class: "diff", tabindex: "0", role: "region", "aria-label": "What was changed meanwhile" }, found.diff.map(changed)),
    h("div", { class: "actions" }, h("button", { type: "button", disabled: !found?.digest || found.digest !== row.digest, onclick: () => acts.editFrom(row.digest) }, "I have read it: go on from there")));
}
