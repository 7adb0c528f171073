// @ts-check
/** The edition: how it filled, what a person should look at, what left, and what happened. */
import { h } from "../core/dom.js";
import { address } from "../core/places.js";
import { ranked } from "../core/ranking.js";
import { may, whyNotLive } from "../core/standing.js";
import { editionDay, time } from "../core/times.js";
import { percent } from "../core/words.js";
import { latest } from "./desk.js";
import { quadrant, quadrants } from "./marks.js";
import { packages } from "./packages.js";
import { volume } from "./volume.js";

/** @typedef {Record<string, any>} Row */

const SHOWN = 8;

/** @param {Row} state @param {Row} acts */
export function today(state, acts) {
  const { edition } = state;
  return h("div", { class: "page today" },
    h("header", { class: "head" }, h("h1", null, editionDay(state) || "Today"),
      edition && h("p", { class: "quiet" }, "Open since ", time(state, edition.opens_at), ", cut-off ", time(state, edition.closes_at), ` (${state.config?.timezone ?? "UTC"})`)),
    h("div", { class: "columns" },
      h("div", { class: "column" }, volume(state), corrections(state, acts)),
      h("div", { class: "column" }, packages(state, acts), state.feed.length > 0 && latest(state, 12))));
}

/** Issues whose quadrant the desk is not sure of: one click each. @param {Row} state @param {Row} acts */
function corrections(state, acts) {
  const all = ranked(state.issues).filter((issue) => issue.needs_review);
  const limit = state.ui.corrections ?? SHOWN;
  return h("section", { key: "corrections", class: "corrections panel", "aria-labelledby": "h-corrections" },
    h("div", { class: "head" }, h("h2", { id: "h-corrections" }, "Where do they belong? ", h("small", null, String(all.length))),
      all.length > 0 && h("p", { class: "quiet" }, may(state, "correct") ? "The desk is not sure. One click puts it right, and it learns." : "The desk is not sure of these. Whoever signs may correct them.")),
    all.length === 0 ? h("p", { class: "quiet" }, "Nothing needs review: the desk is sure of every quadrant, or a person was.")
      : h("ul", null, all.slice(0, limit).map((issue) => doubt(state, acts, issue))),
    all.length > limit && h("button", { type: "button", class: "small more", onclick: () => acts.show({ corrections: limit + SHOWN }) }, `Show ${Math.min(SHOWN, all.length - limit)} more`));
}

/** @param {Row} state @param {Row} acts @param {Row} issue */
function doubt(state, acts, issue) {
  return h("li", { key: issue.id },
    h("a", { href: address("brief", issue.id), dir: "auto", class: "clamp title" }, issue.title),
    may(state, "correct") ? h("div", { class: "choices", role: "group", "aria-label": "Its quadrant" }, quadrants(state).map((name) =>
      h("button", { key: name, type: "button", class: "small", "aria-pressed": String(name === issue.quadrant), disabled: Boolean(whyNotLive(state)),
        title: name === issue.quadrant ? `The desk is ${percent(issue.confidence)} % sure of it: say that it is right` : `Move it to ${name}`,
        onclick: () => acts.correct(issue.id, name) }, quadrant(name))))
      : h("p", { class: "facts" }, quadrant(issue.quadrant), `${percent(issue.confidence)} % sure`));
}
