// @ts-check
/** One brief: what leadership will read, and beside it the copy, the lenses and the history. */
import { h } from "../core/dom.js";
import { address } from "../core/places.js";
import { lapsed, may, whyNotLive } from "../core/standing.js";
import { time } from "../core/times.js";
import { count, list, percent } from "../core/words.js";
import { assets } from "./assets.js";
import { issues } from "./issues.js";
import { lens } from "./lens.js";
import { priority, quadrant, quadrants, standing } from "./marks.js";
import { proofs, section } from "./statements.js";

/** @typedef {Record<string, any>} Row */

/** @param {Row} state @param {Row} acts */
export function brief(state, acts) {
  const { id } = state.ui;
  return [h("div", { key: "aside", class: "beside" }, issues(state, acts)), h("article", { key: id, class: "sheet", "aria-busy": String(!state.bodies[id]) }, sheet(state, acts))];
}

/** @param {Row} state @param {Row} acts */
function sheet(state, acts) {
  const { id } = state.ui;
  const row = state.briefs.get(id), issue = state.issues.get(id), body = state.bodies[id];
  const back = h("a", { key: "back", class: "back", href: address("desk") }, "← The desk");
  if (!row && !issue && !body?.content) return [back, gone(state.joined.get(id))];
  if (!row) return [back, unwritten(state, acts, issue)];
  return [back, top(state, acts, row, issue), whatChanged(acts, row),
    body?.error && h("p", { class: "problem", role: "alert" }, body.error),
    body?.content ? content(state, acts, row, body) : !body?.error && h("p", { class: "quiet waiting" }, "Reading the brief…")];
}

/** @param {string} [into] the issue that it was joined with */
function gone(into) {
  return h("div", { class: "empty" }, h("h1", null, "This issue is not on the desk"),
    h("p", { class: "quiet" }, "It may have been joined with another, or belong to an earlier edition."),
    into ? h("a", { class: "button primary", href: address("brief", into) }, "Go to the issue it was joined with")
      : h("a", { class: "button primary", href: address("desk") }, "Back to the desk"));
}

/** @param {Row} state @param {Row} acts @param {Row} issue */
function unwritten(state, acts, issue) {
  if (!issue) return null;
  return [facts(state, acts, issue), h("h1", { dir: "auto" }, issue.title),
    h("p", { class: "quiet" }, `No brief yet. ${count(issue.item_count, "item")} from ${count(issue.source_count, "source")}; first seen `, time(state, issue.first_seen), ", last ", time(state, issue.last_seen), "."),
    h("h2", null, "Why it scores so"), h("ul", null, issue.reasons.map((/** @type {string} */ one) => h("li", { key: one, dir: "auto" }, one))),
    may(state, "edit")
      ? h("button", { type: "button", class: "primary", disabled: Boolean(whyNotLive(state)), onclick: () => acts.write(issue.id) }, "Write the brief")
      : h("p", { class: "quiet" }, "An analyst can have it written.")];
}

/** @param {Row} state @param {Row} acts @param {Row} row @param {Row} [issue] */
function top(state, acts, row, issue) {
  const viewers = (state.presence.get(row.id)?.viewers ?? []).filter((/** @type {string} */ name) => name !== state.session.principal?.name);
  const editors = state.presence.get(row.id)?.editors ?? [];
  return h("header", { key: "top", class: "brieftop" },
    facts(state, acts, row, issue),
    h("h1", { dir: "auto" }, row.title),
    h("p", { class: "quiet" }, `Revision ${row.revision}, as of `, time(state, row.as_of),
      issue && ` · score ${percent(issue.score)} · ${count(issue.item_count, "item")} from ${count(issue.source_count, "source")}`,
      viewers.length > 0 && h("span", { class: "present" }, ` · ${list(viewers)} ${viewers.length === 1 ? "is" : "are"} ${editors.length ? "editing" : "reading"}`)));
}

/** @param {Row} state @param {Row} acts @param {Row} row @param {Row} [issue] */
function facts(state, acts, row, issue) {
  const fix = may(state, "correct") && h("button", { type: "button", class: "plain small",
    onclick: () => acts.dialog({ kind: "quadrant", id: row.id, names: quadrants(state), now: row.quadrant }) }, "Correct the quadrant");
  return h("p", { class: "facts" }, quadrant(row.quadrant), priority(row.priority),
    row.digest && standing(row), (issue ?? row).needs_review && h("span", { class: "flag" }, "needs review"), fix);
}

/** Said where it is read: what newer text did to who has signed. */
/** @param {Row} acts @param {Row} row */
function whatChanged(acts, row) {
  const old = lapsed(row);
  if (!old.length) return null;
  const whose = list([...new Set(old.map((one) => one.name))]);
  const last = old[old.length - 1];
  return h("div", { key: "voided", class: "problem voided", role: "status" },
    h("p", null, h("strong", null, `The approval of ${whose} no longer counts. `), `${last.voided}.`),
    last.digest !== row.digest && h("button", { type: "button", class: "small",
      onclick: () => acts.compare(row.id, last.digest) }, "Read just what changed"));
}

/** @param {Row} state @param {Row} acts @param {Row} row @param {Row} body */
function content(state, acts, row, { content: text, proposal, revisions }) {
  return [
    proposal && waits(state, acts, proposal),
    h("div", { key: "text", class: "text" },
      summary(state, acts, row, text),
      section(state, acts, text, "risks", "Risks"),
      section(state, acts, text, "opportunities", "Opportunities"),
      section(state, acts, text, "recommendations", "Recommendations"),
      proofs(state, acts, text)),
    h("div", { key: "extras", class: "extras" }, lens(state, acts, row), assets(state, acts, row), history(state, revisions)),
  ];
}

/** @param {Row} state @param {Row} acts @param {Row} proposal */
function waits(state, acts, proposal) {
  return h("section", { key: "proposal", class: "proposal", "aria-label": "Proposal" },
    h("p", null, h("strong", null, `${count(proposal.new_items, "newer item")} `), "would change this text. Nothing changes until a person adopts it. ", h("span", { class: "soft" }, "Since ", time(state, proposal.at))),
    h("button", { type: "button", onclick: () => acts.dialog({ kind: "proposal", id: proposal.brief_id }) }, "See the difference"));
}

/** @param {Row} state @param {Row} acts @param {Row} row @param {Row} text */
function summary(state, acts, row, text) {
  if (state.ui.editing === row.id) return editor(state, acts, row, text);
  const edit = may(state, "edit") && h("button", { type: "button", class: "plain small", disabled: Boolean(whyNotLive(state)),
    onclick: () => acts.beginEdit(row.id, state.bodies[row.id].brief.digest) }, "Edit");
  return section(state, acts, text, "summary", "Summary", edit);
}

/** One sentence a line; a sentence that is left as it is keeps its evidence. */
/** @param {Row} state @param {Row} acts @param {Row} row @param {Row} text */
function editor(state, acts, row, text) {
  const signed = row.signoffs.filter((/** @type {Row} */ one) => one.approve && !one.voided).length;
  const isStale = state.ui.editingFrom !== row.digest;
  return h("form", { key: "editor", class: "editor", onsubmit: (/** @type {any} */ event) => {
    event.preventDefault();
    const lines = event.target.summary.value.split("\n").map((/** @type {string} */ line) => line.trim()).filter(Boolean);
    acts.edit(row.id, state.ui.editingFrom, { summary: lines });
  } },
  h("label", null, h("span", { class: "h2" }, "Summary"), h("small", null, "One sentence a line. A sentence you leave keeps its evidence."),
    h("textarea", { name: "summary", dir: "auto", rows: "8", required: true, made: (/** @type {HTMLTextAreaElement} */ field) => {
      field.value = text.summary.map((/** @type {Row} */ one) => one.text).join("\n");
      field.focus();
    } })),
  isStale && h("p", { class: "problem" }, "Somebody has changed this brief since you began. Copy what you wrote, and begin again."),
  signed > 0 && h("p", { class: "problem" }, `Saving makes a new revision: ${count(signed, "approval")} will no longer count.`),
  h("div", { class: "actions" },
    h("button", { type: "submit", class: "primary", disabled: isStale || Boolean(whyNotLive(state)) }, "Save as a new revision"),
    h("button", { type: "button", onclick: acts.endEdit }, "Leave it as it is")));
}

/** @param {Row} state @param {Row[]} revisions */
function history(state, revisions) {
  return h("details", { key: "history", class: "history" }, h("summary", null, h("h2", null, "History")),
    h("ol", null, revisions.map((one) => h("li", { key: String(one.number) }, h("b", null, `Revision ${one.number}`), ` ${one.why} by `, h("span", { dir: "auto" }, one.author), " ", time(state, one.as_of),
      h("code", { title: `The digest that people sign: ${one.digest}` }, one.digest.slice(0, 8))))));
}
