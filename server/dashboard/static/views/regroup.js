// @ts-check
/** Putting right what the desk took together: join with another issue, split items off, withdraw one. */
import { h } from "../core/dom.js";
import { ranked } from "../core/ranking.js";
import { may, whyNotLive } from "../core/standing.js";

/** @typedef {Record<string, any>} Row */

const VOID = "Approvals of what changes no longer count.";

/** @param {Row} state @param {Row} acts @param {Row} row @param {Row} text */
export function regroup(state, acts, row, text) {
  if (!may(state, "correct") || !state.issues.has(row.id)) return null;
  const items = cited(text);
  const tool = (/** @type {string} */ kind, /** @type {string} */ label, isPossible = true) => isPossible && h("button", { key: kind, type: "button", class: "small",
    disabled: Boolean(whyNotLive(state)), onclick: () => acts.dialog({ kind, id: row.id, items }) }, label);
  return h("details", { key: "regroup", class: "regroup" }, h("summary", null, h("h2", null, "Does this belong together?")),
    h("div", { class: "actions" }, tool("join", "Join with…", state.issues.size > 1), tool("split", "Split off…", items.length > 1), tool("withdraw", "Withdraw an item…", items.length > 0)));
}

/** The items that a text cites, each once, by its first quote. @param {Row} text @returns {Row[]} */
function cited({ evidence }) {
  const first = new Map([...evidence].reverse().map((/** @type {Row} */ one) => [one.item_id, one]));
  return [...first.values()].reverse();
}

/** @param {Row} one */
const said = (one) => `${one.publisher || "Unnamed source"}: ${one.quote}`;

/** @param {Row} state @param {Row} acts @param {Row} asked */
export function joining(state, acts, { id }) {
  const others = ranked(state.issues).filter((issue) => issue.id !== id);
  return { title: "Join with another issue", inside: h("form", { onsubmit: (/** @type {any} */ event) => {
    event.preventDefault();
    acts.merge(id, event.target.into.value);
  } },
  h("p", { class: "quiet" }, `Everything of this issue goes into the other. ${VOID}`),
  h("label", null, "Into", h("select", { name: "into" }, others.map((issue) => h("option", { key: issue.id, value: issue.id }, issue.title)))),
  ending(state, "Join them")) };
}

/** @param {Row} state @param {Row} acts @param {Row} asked */
export function splitting(state, acts, { id, items }) {
  return { title: "Split off what belongs elsewhere", inside: h("form", { onsubmit: (/** @type {any} */ event) => {
    event.preventDefault();
    acts.split(id, new FormData(event.target).getAll("item"));
  } },
  h("p", { class: "quiet" }, `What you choose becomes an issue of its own. ${VOID}`),
  h("div", { class: "checks" }, items.map((/** @type {Row} */ one) => h("label", { key: one.item_id, class: "option" },
    h("input", { type: "checkbox", name: "item", value: one.item_id }), h("span", { dir: "auto" }, said(one))))),
  ending(state, "Split off")) };
}

/** @param {Row} state @param {Row} acts @param {Row} asked */
export function withdrawal(state, acts, { items }) {
  return { title: "Withdraw an item", inside: h("form", { onsubmit: (/** @type {any} */ event) => {
    event.preventDefault();
    const { item, reason } = event.target;
    acts.withdrawItem(item.value, reason.value.trim());
  } },
  h("p", { class: "quiet" }, "Its publisher took it back: it counts and is quoted no more. This cannot be undone."),
  h("label", null, "Item", h("select", { name: "item" }, items.map((/** @type {Row} */ one) => h("option", { key: one.item_id, value: one.item_id }, said(one))))),
  h("label", null, "Why? Others will read it.", h("textarea", { name: "reason", rows: "3", required: true, maxlength: "500", dir: "auto" })),
  ending(state, "Withdraw it", "danger")) };
}

/** @param {Row} state @param {string} label @param {string} [kind] */
const ending = (state, label, kind = "primary") => {
  const why = whyNotLive(state);
  return [why && h("p", { class: "problem" }, why), h("div", { class: "actions" }, h("button", { type: "submit", class: kind, disabled: Boolean(why) }, label))];
};
