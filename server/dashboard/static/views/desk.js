// @ts-check
/** The first place: what awaits you, what moves, what is held. */
import { h } from "../core/dom.js";
import { address } from "../core/places.js";
import { awaiting, may, signingRoles, sortedBriefs } from "../core/standing.js";
import { time } from "../core/times.js";
import { count, list, sentence } from "../core/words.js";
import { issues } from "./issues.js";
import { priority, quadrant, standing } from "./marks.js";
import { radar } from "./radar.js";

/** @typedef {Record<string, any>} Row */

/** @param {Row} state @param {Row} acts */
export function desk(state, acts) {
  return h("div", { class: "desk" },
    h("section", { class: "lede" }, h("h1", null, headline(state)), h("p", { class: "quiet" }, underline(state))),
    state.issues.size > 0 && radar(state, acts),
    waiting(state, acts),
    issues(state, acts),
    state.feed.length > 0 && latest(state));
}

/** @param {Row} state */
function headline(state) {
  const mine = awaiting(state).length;
  if (mine) return `${capital(number(mine))} ${mine === 1 ? "brief awaits" : "briefs await"} your signature`;
  if (signingRoles(state).length && state.briefs.size) return "Nothing awaits your signature";
  const open = sortedBriefs(state).filter(({ state: at, gate_open: isOpen }) => at !== "released" && !isOpen).length;
  if (open) return `${capital(number(open))} ${open === 1 ? "brief waits" : "briefs wait"} to be signed`;
  return state.issues.size ? `${count(state.issues.size, "issue")} on the desk` : "The desk is empty";
}

/** @param {Row} state */
function underline(state) {
  const all = [...state.issues.values()];
  const critical = all.filter((issue) => issue.priority === "critical").length;
  const ready = [...state.briefs.values()].filter((row) => row.gate_open && !row.exported).length;
  const moving = [...state.trails.values()].filter((trail) => trail.length > 1).length;
  const parts = [
    all.length && count(all.length, "issue"),
    critical && `${critical} critical`,
    moving && `${moving} moving`,
    ready && `${ready} ready to leave`,
    state.exports.length && `${count(state.exports.length, "package")} left`,
  ].filter(Boolean);
  const said = /** @type {string[]} */ (parts).join(" · ");
  return [said, state.edition && [said && " · ", "edition closes ", time(state, state.edition.closes_at)]];
}

/** @param {Row} state @param {Row} acts */
function waiting(state, acts) {
  const mine = new Set(awaiting(state).map(({ id }) => id));
  const all = sortedBriefs(state).filter((row) => !row.exported);
  const briefs = [...all.filter(({ id }) => mine.has(id)), ...all.filter(({ id }) => !mine.has(id))];
  if (!briefs.length) return null;
  return h("section", { key: "waiting", class: "waiting-list", "aria-labelledby": "h-waiting" },
    h("div", { class: "head" }, h("h2", { id: "h-waiting" }, "Awaiting signature", h("small", null, ` ${briefs.length}`)),
      !signingRoles(state).length && !may(state, "interrupt")
        && h("button", { type: "button", class: "small", onclick: () => acts.dialog({ kind: "people" }) }, "Sign in to decide")),
    h("ol", { class: "cards" }, briefs.slice(0, 12).map((brief) => card(state, brief, mine.has(brief.id)))));
}

/** @param {Row} state @param {Row} brief @param {boolean} isMine */
function card(state, brief, isMine) {
  return h("li", { key: brief.id, class: isMine ? "card mine" : "card" },
    h("a", { href: address("brief", brief.id) },
      h("span", { class: "facts" }, quadrant(brief.quadrant), priority(brief.priority), standing(brief)),
      h("span", { class: "title clamp", dir: "auto" }, brief.title),
      h("span", { class: "needs" }, needs(brief, isMine)),
      brief.proposed_items > 0 && h("span", { class: "needs soft" }, `${count(brief.proposed_items, "newer item")} proposed`)));
}

/** @param {Row} brief @param {boolean} isMine */
function needs(brief, isMine) {
  if (brief.declines.length) return `Declined by ${list(brief.declines.map((/** @type {Row} */ one) => one.name))}`;
  if (brief.gate_open) return "Signed by all: export it";
  return isMine ? "Awaits you" : `Waits for ${list(brief.missing_roles)}`;
}

/** @param {Row} state */
function latest(state) {
  return h("section", { key: "latest", class: "latest", "aria-labelledby": "h-latest" },
    h("div", { class: "head" }, h("h2", { id: "h-latest" }, "Just now"), h("a", { href: address("activity") }, "All activity")),
    h("ol", { class: "feed brief" }, state.feed.slice(0, 7).map((/** @type {Row} */ event) => h("li", { key: event.id },
      time(state, event.time), h("span", null, h("b", { dir: "auto", class: "clamp" }, subject(event)), h("span", { dir: "auto" }, sentence(event)))))));
}

/** @param {Row} event */
export const subject = ({ data }) => data.issue?.title ?? data.brief?.title ?? data.source?.source.title ?? "";

const NUMBERS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
const number = (/** @type {number} */ n) => NUMBERS[n] ?? String(n);
const capital = (/** @type {string} */ text) => text.charAt(0).toUpperCase() + text.slice(1);
