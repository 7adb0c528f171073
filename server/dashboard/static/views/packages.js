// @ts-check
/** The packages that left: once more to download, and whether they still are what they say. */
import { h } from "../core/dom.js";
import { address } from "../core/places.js";
import { time } from "../core/times.js";
import { count } from "../core/words.js";

/** @typedef {Record<string, any>} Row */

/** @param {Row} state @param {Row} acts */
export function packages(state, acts) {
  const latest = new Map(state.exports.map((/** @type {Row} */ one) => [one.brief_id, one.id]));
  return h("section", { key: "packages", class: "packages panel", "aria-labelledby": "h-packages" },
    h("h2", { id: "h-packages" }, "Packages that left ", h("small", null, String(state.exports.length))),
    state.exports.length ? h("ul", null, [...state.exports].reverse().map((one) => row(state, acts, one, latest.get(one.brief_id) === one.id)))
      : h("p", { class: "quiet" }, "None yet. A brief that all have signed is exported from the bar at the foot of its page."));
}

/** @param {Row} state @param {Row} acts @param {Row} one @param {boolean} isLatest older packages of a brief are not sent any more */
function row(state, acts, one, isLatest) {
  const title = state.briefs.get(one.brief_id)?.title ?? one.filename;
  const verdict = state.ui.verdicts?.[one.brief_id];
  return h("li", { key: one.id },
    h("div", null, h("a", { href: address("brief", one.brief_id), dir: "auto", class: "clamp" }, title),
      h("p", { class: "quiet" }, `Revision ${one.revision} · ${size(one.size)} · `, h("span", { dir: "auto" }, one.by || "somebody"), ", ", time(state, one.at), one.single_signed && " · single-signed"),
      isLatest && verdict && said(verdict)),
    isLatest ? h("div", { class: "actions" },
      h("button", { type: "button", class: "small", "aria-label": `Download ${one.filename}`, onclick: () => acts.download(one.brief_id) }, "Download"),
      h("button", { type: "button", class: "small", "aria-label": `Verify ${one.filename}`, disabled: Boolean(verdict?.isAsked), onclick: () => acts.verify(one.brief_id) }, "Verify"))
      : h("span", { class: "flag" }, "replaced"));
}

/** @param {Row} verdict as `wireroom verify` gives it */
function said(verdict) {
  if (verdict.isAsked) return h("p", { class: "quiet", role: "status" }, "Holding it against what it says…");
  if (!verdict.ok) {
    return h("div", { class: "problem", role: "status" }, h("p", null, h("strong", null, "It does not verify.")), h("ul", null, verdict.problems.map((/** @type {string} */ one) => h("li", { key: one }, one))));
  }
  return h("details", { class: "verified", role: "status" }, h("summary", null, `✓ It is what it says: ${count(verdict.manifest?.files.length ?? 0, "file")}, `, h("code", null, verdict.sha256.slice(0, 8))),
    h("ul", { class: "quiet" }, verdict.limits.map((/** @type {string} */ one) => h("li", { key: one }, one))));
}

/** @param {number} bytes */
const size = (bytes) => `${Math.max(1, Math.round(bytes / 1000))} KB`;
