// @ts-check
/** What has happened, newest first. */
import { h } from "../core/dom.js";
import { address } from "../core/places.js";
import { time } from "../core/times.js";
import { sentence } from "../core/words.js";
import { subject } from "./desk.js";

/** @typedef {Record<string, any>} Row */

const TOPICS = [["", "Everything"], ["review", "Review"], ["brief", "Briefs"], ["issue", "Issues"], ["export", "Exports"], ["ingest", "Sources"]];

/** @param {Row} state @param {Row} acts */
export function activity(state, acts) {
  const only = state.ui.topic ?? "";
  const events = state.feed.filter((/** @type {Row} */ event) => !only || event.topic === only);
  return h("div", { class: "page narrow" },
    h("header", { class: "head" }, h("h1", null, "Activity"),
      h("div", { class: "tabs", role: "group", "aria-label": "Show" }, TOPICS.map(([name, label]) =>
        h("button", { key: name, type: "button", "aria-pressed": String(only === name), onclick: () => acts.show({ topic: name }) }, label)))),
    events.length ? h("ol", { class: "feed" }, events.map((/** @type {Row} */ event) => line(state, event)))
      : h("p", { class: "empty" }, `Nothing ${only ? "of this kind " : ""}has happened lately. It appears here the moment it does.`));
}

/** @param {Row} state @param {Row} event */
function line(state, event) {
  const { issue, merged, brief, item } = event.data;
  const about = merged ?? issue ?? brief ?? (item && { id: item.issue_id, title: item.title });
  const text = h("span", { dir: "auto" }, sentence(event));
  return h("li", { key: event.id, class: `t-${event.topic}` }, time(state, event.time),
    h("span", null, text, about ? h("a", { class: "clamp", href: address("brief", about.id), dir: "auto" }, about.title)
      : event.topic !== "ingest" && h("span", { class: "soft", dir: "auto" }, subject(event))));
}
