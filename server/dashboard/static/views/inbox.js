// @ts-check
/** What awaits whoever looks, most urgent first: the rows say it at once, and the desk's own rules why. */
import { h } from "../core/dom.js";
import { address } from "../core/places.js";
import { awaiting, may, signingRoles, sortedBriefs, whyNotLive } from "../core/standing.js";
import { time } from "../core/times.js";
import { count, list } from "../core/words.js";
import { priority, quadrant, standing } from "./marks.js";

/** @typedef {Record<string, any>} Row */

const SHOWN = 12;

/** @param {Row} state @param {Row} acts */
export function inbox(state, acts) {
  const { voided = [], clear = [], confirm = [] } = state.bodies.inbox ?? {};
  const mine = awaiting(state);
  const again = new Map(voided.filter((/** @type {Row} */ one) => state.briefs.has(one.brief_id)).map((/** @type {Row} */ one) => [one.brief_id, one]));
  const first = mine.filter(({ id }) => again.has(id)), rest = mine.filter(({ id }) => !again.has(id));
  const others = sortedBriefs(state).filter((row) => !row.exported && !mine.includes(row));
  if (!mine.length && !others.length && !confirm.length) return null;
  const limit = state.ui.inbox ?? SHOWN;
  const cards = [...first, ...rest, ...others];
  return h("section", { key: "waiting", class: "waiting-list", "aria-labelledby": "h-waiting" },
    h("div", { class: "head" }, h("h2", { id: "h-waiting" }, mine.length ? "Awaiting you " : "Awaiting signature ", h("small", null, String(mine.length || others.length))),
      !signingRoles(state).length && !may(state, "interrupt")
        && h("button", { type: "button", class: "small", onclick: () => acts.dialog({ kind: "people" }) }, "Sign in to decide")),
    confirm.map((/** @type {Row} */ change) => waits(state, acts, change)),
    h("ol", { class: "cards" }, cards.slice(0, limit).map((brief, at) => [
      at === mine.length && at > 0 && h("li", { key: "others", class: "between" }, "Awaiting others"),
      card(state, acts, brief, mine.includes(brief), again.get(brief.id), clear.find((/** @type {Row} */ one) => one.brief_id === brief.id))])),
    cards.length > limit && h("button", { type: "button", class: "more", onclick: () => acts.show({ inbox: limit + SHOWN }) }, `Show ${Math.min(SHOWN, cards.length - limit)} more`));
}

/** @param {Row} state @param {Row} acts @param {Row} brief @param {boolean} isMine @param {Row} [again] @param {Row} [clear] */
function card(state, acts, brief, isMine, again, clear) {
  return h("li", { key: brief.id, class: isMine || clear ? "card mine" : "card" },
    h("a", { href: address("brief", brief.id) },
      h("span", { class: "facts" }, quadrant(brief.quadrant), priority(brief.priority), brief.state !== "draft" && standing(brief)),
      h("span", { class: "title clamp", dir: "auto" }, brief.title),
      h("span", { class: "needs" }, needs(state, brief, isMine, again, clear)),
      brief.proposed_items > 0 && h("span", { class: "needs soft" }, `${count(brief.proposed_items, "newer item")} proposed`)),
    again && h("div", { class: "actions" }, h("button", { type: "button", class: "small", disabled: Boolean(whyNotLive(state)),
      onclick: () => acts.compare(brief.id, again.signed_digest, "", again.role) }, "Read just what changed")));
}

/** @param {Row} state @param {Row} brief @param {boolean} isMine @param {Row} [again] @param {Row} [clear] */
function needs(state, brief, isMine, again, clear) {
  if (clear) return [`${clear.by} declined as ${clear.role}; you may clear it`, clear.note && h("q", { dir: "auto" }, clear.note)];
  if (brief.declines.length) return `Declined by ${list(brief.declines.map((/** @type {Row} */ one) => one.name))}`;
  if (again) return `You signed revision ${again.signed_revision}. ${again.why}.`;
  if (brief.gate_open) return "Signed by all: export it";
  if (!isMine) return `Waits for ${list(brief.missing_roles)}`;
  const found = (state.bodies.inbox?.sign ?? []).filter((/** @type {Row} */ one) => one.brief_id === brief.id);
  const fresh = found.find((/** @type {Row} */ one) => one.why.includes("fresh eyes"));
  return fresh?.why ?? `Awaits you as ${list(found.length ? found.map((/** @type {Row} */ one) => one.role) : brief.missing_roles.filter((/** @type {string} */ role) => signingRoles(state).includes(role)))}`;
}

/** @param {Row} what @returns {string} */
function wanted(what) {
  if (what.kind === "grant") return `${what.name} becomes ${what.role}`;
  if (what.kind === "deputy") return `${what.name} stands in as ${what.stand_in.role}`;
  return `New settings: ${list(what.fields.map((/** @type {string} */ name) => `${name.replaceAll("_", " ")} ${what.after[name]}`))}`;
}

/** A change of rights or settings that takes a second admin. @param {Row} state @param {Row} acts @param {Row} change */
function waits(state, acts, change) {
  return h("article", { key: change.id, class: "card mine change" },
    h("p", { class: "title", dir: "auto" }, wanted(change.what)),
    h("p", { class: "needs" }, h("b", { dir: "auto" }, change.asked_by), " asked for it; it lapses ", time(state, change.lapses_at)),
    h("div", { class: "actions" },
      h("button", { type: "button", class: "small primary", disabled: Boolean(whyNotLive(state)), onclick: () => acts.decide(change.id, true) }, "Confirm"),
      h("button", { type: "button", class: "small", disabled: Boolean(whyNotLive(state)), onclick: () => acts.decide(change.id, false) }, "Refuse")));
}
