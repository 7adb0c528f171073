// @ts-check
/** The desk's own settings, and for an admin the tokens. */
import { h } from "../core/dom.js";
import { may, whyNotLive } from "../core/standing.js";
import { changesOf } from "../core/settings.js";
import { PRIORITIES } from "../core/words.js";
import { tokens } from "./tokens.js";

/** @typedef {Record<string, any>} Row */

const DAYS = [["mon", "Mon"], ["tue", "Tue"], ["wed", "Wed"], ["thu", "Thu"], ["fri", "Fri"], ["sat", "Sat"], ["sun", "Sun"]];
const AUDIENCES = ["CEO", "COO", "Director", "Board", "Members"];

/** @param {Row} state @param {Row} acts */
export function settings(state, acts) {
  const isAdmin = may(state, "configure");
  return h("div", { class: "page narrow settings" },
    h("header", { class: "head" }, h("h1", null, "Settings"),
      !isAdmin && h("p", { class: "quiet" }, "Anybody may read them; an admin changes them.")),
    state.config && form(state, acts, state.config, isAdmin),
    isAdmin && tokens(state, acts));
}

/** @param {Row} state @param {Row} acts @param {Row} config @param {boolean} isAdmin */
function form(state, acts, config, isAdmin) {
  const why = whyNotLive(state);
  return h("form", { key: "config", onsubmit: (/** @type {any} */ event) => {
    event.preventDefault();
    acts.configure(changesOf(state.config ?? config, new FormData(event.target)));
  } },
  h("fieldset", { disabled: !isAdmin }, edition(config)),
  h("fieldset", { disabled: !isAdmin }, review(config)),
  h("fieldset", { disabled: !isAdmin }, briefs(config)),
  isAdmin && h("div", { class: "actions" }, h("button", { type: "submit", class: "primary", disabled: Boolean(why) }, "Save the settings"), why && h("small", null, why)));
}

/** @param {Row} config */
const edition = (config) => [
  h("legend", null, "Edition"),
  choice("Cadence", "cadence", ["daily", "weekly"], config.cadence),
  h("label", null, "Cut-off", h("input", { type: "time", name: "time_of_day", required: true, value: config.time_of_day })),
  h("label", null, "Time zone", h("input", { name: "timezone", required: true, value: config.timezone, spellcheck: "false", autocomplete: "off" })),
  checks("Days", "days_of_week", DAYS, config.days_of_week),
];

/** @param {Row} config */
const review = (config) => [
  h("legend", null, "Review"),
  h("label", null, "Roles that sign, one a line", h("textarea", { name: "signoff_roles", rows: "3", required: true, dir: "auto", value: config.signoff_roles.join("\n") })),
  h("label", null, "Hours an approval counts", h("input", { type: "number", name: "signoff_ttl_hours", min: "1", max: "720", required: true, value: String(config.signoff_ttl_hours) })),
  tick("Two people have to sign", "require_dual_signoff", config.require_dual_signoff),
  tick("Export by itself when all have signed", "autopublish", config.autopublish),
];

/** @param {Row} config */
const briefs = (config) => [
  h("legend", null, "Briefs"),
  choice("Written from this priority on", "brief_min_priority", [...PRIORITIES].reverse(), config.brief_min_priority),
  checks("Audiences", "audiences", AUDIENCES.map((name) => [name, name]), config.audiences),
];

/** @param {string} label @param {string} name @param {string[]} values @param {string} chosen */
const choice = (label, name, values, chosen) => h("label", null, label,
  h("select", { name }, values.map((value) => h("option", { key: value, value, selected: value === chosen }, value))));

/** @param {string} label @param {string} name @param {boolean} checked */
const tick = (label, name, checked) => h("label", { class: "option" }, h("input", { type: "checkbox", name, checked }), label);

/** @param {string} title @param {string} name @param {string[][]} values @param {string[]} chosen */
const checks = (title, name, values, chosen) => h("div", { class: "checks", role: "group", "aria-label": title }, h("span", null, title),
  values.map(([value, label]) => h("label", { key: value, class: "option" }, h("input", { type: "checkbox", name, value, checked: chosen.includes(value) }), label)));
