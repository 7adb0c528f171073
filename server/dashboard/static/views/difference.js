// @ts-check
/** What changed between two revisions, line by line. */
import { h } from "../core/dom.js";
import { whyNotSign } from "../core/standing.js";
import { time } from "../core/times.js";

/** @typedef {Record<string, any>} Row */

/** The dialog. With a role, whoever has read it may sign at once. @param {Row} state @param {Row} acts @param {Row} asked */
export function difference(state, acts, { id, found, until, role }) {
  const brief = state.briefs.get(id);
  const isCurrent = found.digest === brief?.digest;
  const canSign = role && isCurrent && brief.missing_roles.includes(role) && !whyNotSign(state, brief, role);
  return { title: until ? "What changed between them" : "What changed since it was signed", inside: [
    found.diff.length ? h("div", { class: "diff", tabindex: "0", role: "region", "aria-label": "Difference" }, found.diff.map(changed))
      : h("p", { class: "quiet" }, "Not a word: only who must sign."),
    h("ul", { class: "quiet" }, found.revisions.map((/** @type {Row} */ one) => h("li", { key: String(one.number) }, `Revision ${one.number} ${one.why} by `, h("span", { dir: "auto" }, one.author), " ", time(state, one.as_of)))),
    !until && !isCurrent && h("p", { class: "problem" }, "The text has changed again. Close this, and read the difference anew."),
    h("div", { class: "actions" },
      canSign && h("button", { type: "button", class: "primary", onclick: () => acts.dialog({ kind: "sign", id, role, approve: true, digest: found.digest }) }, `Approve as ${role}`),
      h("button", { type: "button", onclick: acts.close }, "I have read it"))] };
}

/** One line of a unified diff. @param {string} line @param {number} at */
export function changed(line, at) {
  if (/^(?:---|\+\+\+)/.test(line)) return null;
  if (line.startsWith("@@")) return h("hr", { key: String(at) });
  const kind = line.startsWith("+") ? "ins" : line.startsWith("-") ? "del" : "p";
  return h(kind, { key: String(at), dir: "auto" }, line.slice(1).replace(/ \[ev-[^\]]*\]$/, " [evidence]"));
}
