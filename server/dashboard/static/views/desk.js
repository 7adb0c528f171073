// @ts-check
/** The first place: what awaits you, what moves, what is held. */
import { h } from "../core/dom.js";
import { address } from "../core/places.js";
import { awaiting, signingRoles, sortedBriefs } from "../core/standing.js";
import { time } from "../core/times.js";
import { count, sentence } from "../core/words.js";
import { inbox } from "./inbox.js";
import { issues } from "./issues.js";
import { radar } from "./radar.js";

/** @typedef {Record<string, any>} Row */

/** @param {Row} state @param {Row} acts */
export function desk(state, acts) {
  return h("div", { class: "desk" },
    h("section", { class: "lede" }, h("h1", null, headline(state)), h("p", { class: "quiet" }, underline(state))),
    state.issues.size > 0 && radar(state, acts),
    inbox(state, acts),
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
  return [said, state.edition && [said ? " · edition closes " : "Edition closes ", time(state, state.edition.closes_at)]];
}

/** @param {Row} state @param {number} [most] */
export function latest(state, most = 7) {
  return h("section", { key: "latest", class: "latest", "aria-labelledby": "h-latest" },
    h("div", { class: "head" }, h("h2", { id: "h-latest" }, "Just now"), h("a", { href: address("activity") }, "All activity")),
    h("ol", { class: "feed brief" }, state.feed.slice(0, most).map((/** @type {Row} */ event) => h("li", { key: event.id },
      time(state, event.time), h("span", null, h("b", { dir: "auto", class: "clamp" }, subject(event)), h("span", { dir: "auto" }, sentence(event)))))));
}

/** @param {Row} event */
export const subject = ({ data }) => data.issue?.title ?? data.brief?.title ?? data.item?.title ?? data.source?.source.title ?? "";

const NUMBERS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
const number = (/** @type {number} */ n) => NUMBERS[n] ?? String(n);
const capital = (/** @type {string} */ text) => text.charAt(0).toUpperCase() + text.slice(1);
