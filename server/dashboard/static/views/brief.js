// @ts-check
/** One brief: what leadership will read, and beside it the copy, the lenses and the history. */
import { h } from "../core/dom.js";
import { address } from "../core/places.js";
import { lapsed, may, whyNotLive } from "../core/standing.js";
import { time } from "../core/times.js";
import { count, list, percent } from "../core/words.js";
import { editor } from "./editor.js";
import { assets } from "./assets.js";
import { issues } from "./issues.js";
import { lens } from "./lens.js";
import { priority, quadrant, quadrants, standing } from "./marks.js";
import { regroup } from "./regroup.js";
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
  const joined = state.joined.get(id); // what was read of it before is no brief any more
  if (!row && !issue) return body?.content && !joined ? [back, past(state, acts, body)] : [back, gone(body, joined)];
  if (!row) return [back, unwritten(state, acts, issue)];
  return [back, top(state, acts, row, issue), declined(state, row), whatChanged(state, acts, row),
    body?.error && h("p", { class: "problem", role: "alert" }, body.error),
    body?.content ? content(state, acts, row, body) : !body?.error && h("p", { class: "quiet waiting" }, "Reading the brief…")];
}

/** A brief of an earlier edition: to be read. @param {Row} state @param {Row} acts @param {Row} body */
function past(state, acts, body) {
  return [h("p", { key: "past", class: "problem", role: "status" }, `This brief belongs to the edition of ${body.brief.edition}: it can be read, and not be signed any more.`),
    top(state, acts, body.brief), content(state, acts, body.brief, body)];
}

/** What became of an issue that is not here, as far as the desk tells. @param {Row} [body] @param {string} [joined] */
function gone(body, joined) {
  const into = joined ?? body?.details?.into;
  return h("div", { class: "empty" }, h("h1", null, into ? "This issue was joined with another" : "This issue is not on the desk"),
    h("p", { class: "quiet", dir: "auto" }, into ? "What it told goes on there, and so does its review."
      : body?.error ?? "It may have been joined with another, or belong to an earlier edition."),
    into && h("a", { class: "button primary", href: address("brief", into) }, "Go on with the other"),
    h("a", { class: into ? "button" : "button primary", href: address("desk") }, "Back to the desk"));
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
  return h("header", { key: "top", class: "brieftop" },
    facts(state, acts, row, issue),
    h("h1", { dir: "auto" }, row.title),
    h("p", { class: "quiet" }, `Revision ${row.revision}, as of `, time(state, row.as_of),
      issue && ` · score ${percent(issue.score)} · ${count(issue.item_count, "item")} from ${count(issue.source_count, "source")}`,
      present(state, row.id)));
}

/** Who else is here, and what they do. @param {Row} state @param {string} id */
function present(state, id) {
  const { viewers = [], editors = [] } = state.presence.get(id) ?? {};
  const others = (/** @type {string[]} */ names) => names.filter((name) => name !== state.session.principal?.name)
    .map((name) => (name === "anonymous" ? "somebody" : name));
  const writing = others(editors), reading = others(viewers).filter((name) => !editors.includes(name));
  const say = (/** @type {string[]} */ names, /** @type {string} */ does) => names.length > 0
    && h("span", { key: does, class: `present ${does}` }, ` · ${list(names)} ${names.length === 1 ? "is" : "are"} ${does}`);
  return [say(writing, "editing"), say(reading, "reading")];
}

/** @param {Row} state @param {Row} acts @param {Row} row @param {Row} [issue] */
function facts(state, acts, row, issue) {
  const fix = may(state, "correct") && h("button", { type: "button", class: "plain small",
    onclick: () => acts.dialog({ kind: "quadrant", id: row.id, names: quadrants(state), now: row.quadrant }) }, "Correct the quadrant");
  return h("p", { class: "facts" }, quadrant(row.quadrant), priority(row.priority),
    row.digest && standing(row), (issue ?? row).needs_review && h("span", { class: "flag" }, "needs review"), fix);
}

/** Said where it is read: what newer text did to who has signed. */
/** @param {Row} state @param {Row} acts @param {Row} row */
function whatChanged(state, acts, row) {
  const old = lapsed(row);
  if (!old.length) return null;
  const whose = list([...new Set(old.map((one) => one.name))]);
  const mine = old.findLast((one) => one.principal_id === state.session.principal?.id);
  const last = mine ?? old[old.length - 1];
  return h("div", { key: "voided", class: "problem voided", role: "status" },
    h("p", null, h("strong", null, `The approval of ${whose} no longer counts. `), `${last.voided}.`),
    last.digest !== row.digest && h("button", { type: "button", class: "small",
      onclick: () => acts.compare(row.id, last.digest, "", mine?.role) }, "Read just what changed"));
}

/** Why somebody declined, in full: the bar has room for its beginning. @param {Row} state @param {Row} row */
function declined(state, row) {
  return row.declines.map((/** @type {Row} */ one) => one.note && h("div", { key: `declined ${one.role}`, class: "problem declined", role: "status" },
    h("p", null, h("strong", null, h("span", { dir: "auto" }, one.name), ` declined as ${one.role} `), time(state, one.at), ": ", h("q", { dir: "auto" }, one.note))));
}

/** @param {Row} row */
function takenBack({ withdrawn_items: items = [] }) {
  return items.length > 0 && h("p", { key: "taken-back", class: "problem", role: "status" },
    h("strong", null, `${count(items.length, "item")} that this text cites ${items.length === 1 ? "was" : "were"} withdrawn. `),
    "It cannot be approved or exported until somebody adopts the proposal or edits it.");
}

/** @param {Row} state @param {Row} acts @param {Row} row @param {Row} body */
function content(state, acts, row, { content: text, proposal, revisions }) {
  return [
    takenBack(row),
    proposal && waits(state, acts, proposal),
    isEdited(state, row) ? editor(state, acts, row, text) : h("div", { key: "text", class: "text" },
      summary(state, acts, row, text),
      section(state, acts, text, "risks", "Risks"),
      section(state, acts, text, "opportunities", "Opportunities"),
      section(state, acts, text, "recommendations", "Recommendations"),
      proofs(state, acts, text)),
    h("div", { key: "extras", class: "extras" }, lens(state, acts, row), assets(state, acts, row), history(state, acts, row, revisions), regroup(state, acts, row, text)),
  ];
}

/** @param {Row} state @param {Row} row */
const isEdited = (state, row) => state.ui.editing === row.id && !state.ui.editingCopy;

/** @param {Row} state @param {Row} acts @param {Row} proposal */
function waits(state, acts, proposal) {
  return h("section", { key: "proposal", class: "proposal", "aria-label": "Proposal" },
    h("p", null, h("strong", null, `${count(proposal.new_items, "newer item")} `), "would change this text. Nothing changes until a person adopts it. ", h("span", { class: "soft" }, "Since ", time(state, proposal.at))),
    h("button", { type: "button", onclick: () => acts.dialog({ kind: "proposal", id: proposal.brief_id }) }, "See the difference"));
}

/** @param {Row} state @param {Row} acts @param {Row} row @param {Row} text */
function summary(state, acts, row, text) {
  const edit = may(state, "edit") && h("button", { type: "button", class: "plain small", disabled: Boolean(whyNotLive(state)),
    onclick: () => acts.beginEdit(row.id, state.bodies[row.id].brief.digest) }, "Edit");
  return section(state, acts, text, "summary", "Summary", edit);
}

/** Every revision, what it changed, and any two of them side by side. */
/** @param {Row} state @param {Row} acts @param {Row} row @param {Row[]} revisions newest first */
function history(state, acts, row, revisions) {
  const before = (/** @type {Row} */ one) => revisions.find(({ number }) => number === one.number - 1);
  return h("details", { key: "history", class: "history" }, h("summary", null, h("h2", null, "History ", h("small", null, String(revisions.length)))),
    h("ol", null, revisions.map((one) => h("li", { key: String(one.number) },
      h("span", null, h("b", null, `Revision ${one.number}`), ` ${one.why} by `, h("span", { dir: "auto" }, one.author), " ", time(state, one.as_of), " ",
        h("code", { title: `The digest that people sign: ${one.digest}` }, one.digest.slice(0, 8))),
      before(one) && h("button", { type: "button", class: "small plain", "aria-label": `What revision ${one.number} changed`,
        onclick: () => acts.compare(row.id, before(one)?.digest, one.digest) }, "Changes")))),
    revisions.length > 2 && compare(acts, row, revisions));
}

/** @param {Row} acts @param {Row} row @param {Row[]} revisions */
function compare(acts, row, revisions) {
  const choice = (/** @type {string} */ label, /** @type {string} */ name, /** @type {number} */ chosen) => h("label", null, label,
    h("select", { name }, revisions.map(({ number, digest }, at) => h("option", { key: String(number), value: digest, selected: at === chosen }, String(number)))));
  return h("form", { class: "compare", onsubmit: (/** @type {any} */ event) => {
    event.preventDefault();
    const { since, until } = event.target;
    acts.compare(row.id, since.value, until.value);
  } }, choice("From", "since", revisions.length - 1), choice("to", "until", 0), h("button", { type: "submit", class: "small" }, "Compare"));
}
