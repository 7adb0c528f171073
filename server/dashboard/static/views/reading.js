// @ts-check
/** The whole edition in one reading list, and one signature under what was read. */
import { h } from "../core/dom.js";
import { address } from "../core/places.js";
import { lacking, signingRoles, whyNotSignAll } from "../core/standing.js";
import { time } from "../core/times.js";
import { count } from "../core/words.js";
import { priority, quadrant } from "./marks.js";
import { proofs } from "./statements.js";

/** @typedef {Record<string, any>} Row */

const PARTS = [["risks", "Risks"], ["opportunities", "Opportunities"], ["recommendations", "Recommendations"]];

/** @param {Row} state @param {Row} acts */
export function reading(state, acts) {
  const roles = signingRoles(state);
  const briefs = roles.length ? lacking(state, roles[0]) : [];
  return h("div", { class: "page narrow reading" },
    h("a", { class: "back", href: address("desk") }, "← The desk"),
    h("header", { class: "head" }, h("h1", null, "The edition, to be read"),
      briefs.length > 0 && h("p", { class: "quiet" }, `${count(briefs.length, "brief")} without the signature of ${roles[0]}. What is signed is what stands here.`)),
    skipped(state),
    briefs.length ? briefs.map((brief) => text(state, acts, brief)) : nothing(state, acts, roles),
    briefs.length > 0 && roles.map((role) => decision(state, acts, role)));
}

/** @param {Row} state @param {Row} acts @param {Row} brief */
function text(state, acts, brief) {
  const content = state.bodies[brief.id]?.content;
  return h("article", { key: brief.id, class: "sheet", "aria-busy": String(!content) },
    h("p", { class: "facts" }, quadrant(brief.quadrant), priority(brief.priority), h("span", null, `Revision ${brief.revision}, as of `, time(state, brief.as_of))),
    h("h2", { dir: "auto" }, h("a", { href: address("brief", brief.id) }, brief.title)),
    !content ? h("p", { class: "quiet" }, state.bodies[brief.id]?.error ?? "Reading the brief…")
      : [content.summary.map((/** @type {Row} */ one, /** @type {number} */ at) => h("p", { key: `summary-${at}`, class: "said", dir: "auto" }, one.text)),
        PARTS.map(([name, label]) => content[name].length > 0 && h("section", { key: name }, h("h3", null, label),
          h("ul", null, content[name].map((/** @type {Row} */ one, /** @type {number} */ at) => h("li", { key: `${name}-${at}`, dir: "auto" }, one.text))))),
        proofs(state, acts, content)]);
}

/** @param {Row} state @param {Row} acts @param {string} role */
function decision(state, acts, role) {
  const briefs = lacking(state, role);
  const why = whyNotSignAll(state, role);
  return h("div", { key: `sign-${role}`, class: "actions" },
    h("button", { type: "button", class: "primary", disabled: Boolean(why), onclick: () => acts.signEdition(role, state.bodies.status.digest) },
      `Approve ${briefs.length === 1 ? "it" : `all ${briefs.length}`} as ${role}`),
    why && h("small", { class: "because" }, why));
}

/** What the last signature left out, and why. @param {Row} state */
function skipped(state) {
  const left = state.ui.skipped ?? [];
  if (!left.length) return null;
  const title = (/** @type {Row} */ one) => state.briefs.get(one.brief_id)?.title ?? one.brief_id;
  return h("section", { key: "skipped", class: "problem", role: "status" }, h("p", null, h("strong", null, `${count(left.length, "brief")} left out`)),
    h("ul", null, left.map((/** @type {Row} */ one) => h("li", { key: one.brief_id }, h("b", { dir: "auto" }, title(one)), `: ${one.message}`))));
}

/** @param {Row} state @param {Row} acts @param {string[]} roles */
function nothing(state, acts, roles) {
  return h("div", { class: "empty" },
    h("p", null, roles.length ? "You have signed all there is to sign." : "Reading is for everybody, signing for those who hold a sign-off role."),
    roles.length ? h("a", { class: "button primary", href: address("desk") }, "Back to the desk")
      : h("button", { type: "button", class: "primary", onclick: () => acts.dialog({ kind: "people" }) }, "Sign in to decide"));
}
