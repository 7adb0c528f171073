// @ts-check
/** The list of issues: found, filtered, sorted, and each one a way to its brief. */
import { h } from "../core/dom.js";
import { address } from "../core/places.js";
import { ofRow } from "../core/memo.js";
import { listed, ORDER_NAMES } from "../core/ranking.js";
import { count, percent } from "../core/words.js";
import { priority, quadrant, quadrants, sparkline, standing, way } from "./marks.js";

/** @typedef {Record<string, any>} Row */

const SHOWN = 60;

/** @param {Row} state @param {Row} acts */
export function issues(state, acts) {
  const all = listed(state);
  const limit = state.ui.shown ?? SHOWN;
  return h("section", { key: "issues", class: "issues", "aria-labelledby": "h-issues" },
    h("div", { class: "head" },
      h("h2", { id: "h-issues" }, "Issues ", h("small", null, all.length === state.issues.size ? String(all.length) : `${all.length} of ${state.issues.size}`)),
      state.issues.size > 0 && tools(state, acts)),
    all.length === 0 ? nothing(state, acts) : h("ol", { class: "rows" }, all.slice(0, limit).map((issue) => line(state, issue))),
    all.length > limit && h("button", { type: "button", class: "more", onclick: () => acts.show({ shown: limit + SHOWN }) },
      `Show ${Math.min(SHOWN, all.length - limit)} more`));
}

/** @param {Row} state @param {Row} acts */
function tools(state, acts) {
  return h("div", { class: "tools" },
    h("input", { id: "find", type: "search", placeholder: "Find", "aria-label": "Find an issue", value: state.ui.filter ?? "",
      oninput: (/** @type {any} */ event) => acts.show({ filter: event.target.value, shown: SHOWN }) }),
    h("select", { "aria-label": "Quadrant", onchange: (/** @type {any} */ event) => acts.show({ quadrant: event.target.value, shown: SHOWN }) },
      h("option", { value: "" }, "All quadrants"),
      quadrants(state).map((name) => h("option", { value: name, key: name, selected: state.ui.quadrant === name }, name))),
    h("select", { "aria-label": "Order", onchange: (/** @type {any} */ event) => acts.show({ sort: event.target.value }) },
      ORDER_NAMES.map(([name, label]) => h("option", { value: name, key: name, selected: state.ui.sort === name }, label))));
}

/** @param {Row} state @param {Row} acts */
function nothing(state, acts) {
  if (state.issues.size > 0) {
    return h("div", { class: "empty" }, h("p", null, "No issue fits what you look for."),
      h("button", { type: "button", onclick: () => acts.show({ filter: "", quadrant: "" }) }, "Show all issues"));
  }
  return h("div", { class: "empty" },
    h("p", null, state.sources.size ? "No issue yet in this edition." : "No issue yet: the desk has no sources."),
    h("p", { class: "quiet" }, state.sources.size
      ? "Issues appear here as the sources are read." : "Add a feed, and issues appear here as it is read."),
    h("a", { class: "button primary", href: address("sources") }, state.sources.size ? "Read the sources now" : "Add a source"));
}

/** @param {Row} state @param {Row} issue */
const line = (state, issue) => row(issue, state.briefs.get(issue.id), state.trails.get(issue.id), state.changes.get(issue.id) ?? 0, state.ui.id === issue.id);

const row = ofRow((issue, /** @type {Row | undefined} */ brief, /** @type {number[]} */ trail = [], /** @type {number} */ changes = 0, /** @type {boolean} */ isOpen = false) => {
  return h("li", { key: issue.id, class: `row p-${issue.priority} ${changes ? `fresh-${changes % 2}` : ""}` },
    h("a", { href: address("brief", issue.id), "aria-current": isOpen ? "true" : null },
      h("span", { class: "score", title: issue.reasons.join("; ") }, percent(issue.score), h("span", { class: "sr" }, " of 100, ")),
      h("span", { class: "title clamp", dir: "auto" }, issue.title),
      h("span", { class: "facts" },
        quadrant(issue.quadrant), priority(issue.priority),
        h("span", { class: "sources" }, count(issue.source_count, "source")),
        issue.needs_review && h("span", { class: "flag", title: `The desk is ${percent(issue.confidence)} % sure of the quadrant` }, "needs review"),
        brief && brief.state !== "draft" && standing(brief)),
      h("span", { class: "trend" }, sparkline(trail), way(trail))));
});
