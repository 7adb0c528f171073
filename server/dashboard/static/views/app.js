// @ts-check
/** The whole page as a function of what is known. */
import { h } from "../core/dom.js";
import { address, PLACES } from "../core/places.js";
import { editionDay, time, whole } from "../core/times.js";
import { activity } from "./activity.js";
import { brief } from "./brief.js";
import { desk } from "./desk.js";
import { dialog } from "./dialogs.js";
import { gate, light, shutOut, who } from "./people.js";
import { reading } from "./reading.js";
import { bar } from "./review.js";
import { settings } from "./settings.js";
import { sources } from "./sources.js";
import { today } from "./today.js";
import { value } from "./value.js";
import { wall } from "./wall.js";

/** @typedef {Record<string, any>} Row */

/** @type {Record<string, (state: Row, acts: Row) => any>} */
const VIEWS = { desk, brief, today, reading, sources, activity, value, settings };

/** @param {Row} state @param {Row} acts */
export function app(state, acts) {
  const { place } = state.ui;
  if (state.link.state === "refused" && !state.isKnown) return [gate(state, acts), dialog(state, acts), notice(state, acts)];
  if (place === "wall" && state.isKnown) return [wall(state, acts)];
  return [
    top(state, acts),
    shutOut(state, acts),
    state.interrupt.active && held(state, acts),
    h("main", { id: "main", key: place, class: `place place-${place}`, tabindex: "-1" },
      state.isKnown && place in VIEWS ? VIEWS[place](state, acts) : h("p", { class: "quiet waiting" }, "Reading the desk…")),
    state.isKnown && bar(state, acts),
    dialog(state, acts),
    notice(state, acts),
  ];
}

/** @param {Row} state @param {Row} acts */
function top(state, acts) {
  return h("header", { key: "top", class: "top" },
    h("a", { class: "brand", href: address("desk"), "aria-label": "Wireroom, to the desk" }, mark(), h("span", null, "Wireroom")),
    h("p", { class: "edition", title: state.edition ? `Until ${whole(state, state.edition.closes_at)}` : null }, editionDay(state)),
    h("nav", { class: "places", "aria-label": "Places" }, PLACES.map(([name, label]) =>
      h("a", { href: address(name), "aria-current": isAt(state.ui.place, name) ? "page" : null }, label))),
    light(state, acts),
    who(state, acts));
}

/** @param {string} place @param {string} name */
const isAt = (place, name) => place === name || (place === "brief" && name === "desk");

function mark() {
  return h("svg", { viewBox: "0 0 20 20", "aria-hidden": "true", class: "mark" },
    h("path", { d: "M1 6h4l3 9 4-11 3 7h4" }));
}

/** @param {Row} state @param {Row} acts */
function held(state, acts) {
  const { by, reason, since } = state.interrupt;
  return h("section", { key: "held", class: "held", role: "alert" },
    h("strong", null, "Everything is held"),
    h("span", { dir: "auto" }, `${reason}`),
    h("span", { class: "soft" }, `${by}, since `, time(state, since)),
    h("button", { type: "button", class: "small", onclick: () => acts.dialog({ kind: "resume" }) }, "Resume"));
}

/** @param {Row} state @param {Row} acts */
function notice(state, acts) {
  const { notice: said } = state;
  return h("div", { key: "notice", class: "notices", "aria-live": "polite" },
    said && h("p", { class: `notice ${said.tone}` }, h("span", { dir: "auto" }, said.text),
      said.undo && h("button", { type: "button", class: "plain", onclick: () => { acts.say(""); said.undo(); } }, "Undo"),
      h("button", { type: "button", class: "plain", "aria-label": "Close", onclick: () => acts.say("") }, "×")));
}
