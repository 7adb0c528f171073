// @ts-check
/** Sentences of a brief, each with marks that open the sentence of the source it rests on. */
import { h } from "../core/dom.js";
import { time } from "../core/times.js";

/** @typedef {Record<string, any>} Row */

/** What is longer has to break itself, on a narrow screen. */
const LONGEST_WORD = 24;

/** @param {Row} state @param {Row} acts @param {Row} text @param {string} name @param {string} title @param {any} [tool] */
export function section(state, acts, text, name, title, tool) {
  if (!text[name].length) return null;
  const isList = name !== "summary";
  const numbers = new Map(text.evidence.map((/** @type {Row} */ one, /** @type {number} */ at) => [one.id, at + 1]));
  return h("section", { key: name, class: `part ${name}`, "aria-labelledby": `h-${name}` },
    h("div", { class: "head" }, h("h2", { id: `h-${name}` }, title), tool),
    h(isList ? "ul" : "div", { class: "statements" }, text[name].map((/** @type {Row} */ one, /** @type {number} */ at) =>
      statement(state, acts, text, one, `${name}-${at}`, numbers, isList))));
}

/** @param {Row} state @param {Row} acts @param {Row} text @param {Row} one @param {string} where @param {Map<any, any>} numbers @param {boolean} isItem */
function statement(state, acts, text, one, where, numbers, isItem) {
  const open = String(state.ui.proof ?? "").startsWith(`${where}:`) ? state.ui.proof.slice(where.length + 1) : "";
  const found = text.evidence.find((/** @type {Row} */ each) => each.id === open);
  return h(isItem ? "li" : "div", { key: where, class: "statement" },
    h("p", { dir: "auto" }, marked(one.text, one.evidence.map((/** @type {string} */ id) => {
      const isOpen = open === id;
      return h("button", { key: id, type: "button", class: "proofmark", "aria-expanded": String(isOpen), "aria-label": `Evidence ${numbers.get(id)}`,
        onclick: () => acts.show({ proof: isOpen ? "" : `${where}:${id}` }) }, String(numbers.get(id) ?? "?"));
    }))),
    found && quote(state, found));
}

/** The last word takes the first mark along: none begins a line. @param {string} text @param {any[]} marks */
function marked(text, [first, ...rest]) {
  const [, before, word] = /** @type {string[]} */ (/^(.*\s)?(.*)$/su.exec(text));
  return first && word.length <= LONGEST_WORD ? [before, h("span", { class: "tail" }, word, first), rest] : [text, first, rest];
}

/** The sentence as the source published it. @param {Row} state @param {Row} one */
function quote(state, one) {
  return h("figure", { key: "quote", class: "quote" },
    h("blockquote", { dir: "auto" }, one.quote),
    h("figcaption", null, h("b", { dir: "auto" }, one.publisher || "Unnamed source"), " ", time(state, one.published),
      one.field === "title" && " (headline)", " ",
      one.url && h("a", { href: one.url, target: "_blank", rel: "noopener noreferrer" }, "Read the source\u00a0↗")));
}

/** All evidence, numbered as it is cited. @param {Row} state @param {Row} acts @param {Row} text */
export function proofs(state, acts, text) {
  if (!text.evidence.length) return null;
  return h("details", { key: "evidence", class: "evidence" },
    h("summary", null, h("h2", null, `Evidence `, h("small", null, String(text.evidence.length)))),
    h("ol", null, text.evidence.map((/** @type {Row} */ one) => h("li", { key: one.id }, quote(state, one)))));
}
