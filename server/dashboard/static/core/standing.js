// @ts-check
/**
 * Who may do what now, and if not, why not: decided here for every button. Pure.
 *
 * The desk decides again; this only keeps people from asking in vain. Mirrors engine/desk/rights.py.
 *
 * @typedef {Record<string, any>} Row
 */
import { last } from "./memo.js";
import { list } from "./words.js";

const REVIEWER = "reviewer";
/** @type {Record<string, string[]>} */
const ALLOWED = {
  review: [REVIEWER], edit: [REVIEWER], correct: [REVIEWER],
  ingest: [REVIEWER, "admin"], interrupt: [REVIEWER, "admin"], configure: ["admin"],
};

/** The roles in which this person signs. @param {Row} state @returns {string[]} */
export function signingRoles(state) {
  const { principal } = state.session;
  if (!principal?.id) return [];
  const deputy = (principal.deputy_of ?? []).map((/** @type {Row} */ one) => one.role);
  const held = new Set([...principal.roles, ...deputy]);
  return (state.config?.signoff_roles ?? []).filter((/** @type {string} */ role) => held.has(role));
}

/** @param {Row} state @param {string} action */
export function may(state, action) {
  const { principal } = state.session;
  if (!principal?.id) return false;
  const roles = new Set(principal.roles);
  if (signingRoles(state).length) roles.add(REVIEWER);
  return ALLOWED[action].some((role) => roles.has(role));
}

/** Why nothing may be decided at this moment: what is on screen may be old. @param {Row} state */
export function whyNotLive(state) {
  switch (state.link.state) {
    case "live": return "";
    case "offline": return "You are offline: what you see may be old.";
    case "refused": return "The desk does not let this page follow.";
    default: return "Catching up with the desk.";
  }
}

/** What is quoted was taken back by who published it. */
const TAKEN_BACK = "It cites a withdrawn item: adopt the proposal, or edit it, first.";

/** @param {Row} state @param {Row} brief @param {string} role @param {boolean} [approve] a decline is always possible */
export function whyNotSign(state, brief, role, approve = true) {
  const body = state.bodies[brief.id];
  if (whyNotLive(state)) return whyNotLive(state);
  if (body && body.brief && body.brief.digest !== brief.digest) return "The text has just changed. Reading it again.";
  if (approve && brief.withdrawn_items?.length) return TAKEN_BACK;
  const mine = valid(brief).find((one) => one.principal_id === state.session.principal?.id);
  if (mine) return mine.role === role ? "You have signed." : `You have signed as ${mine.role}: it takes two people.`;
  return "";
}

/** @param {Row} state @param {Row} brief */
export function whyNotExport(state, brief) {
  if (whyNotLive(state)) return whyNotLive(state);
  if (state.interrupt.active) return `Everything is held by ${state.interrupt.by}.`;
  if (brief.withdrawn_items?.length) return TAKEN_BACK;
  if (brief.declines.length) return `Declined as ${list(brief.declines.map((/** @type {Row} */ one) => one.role))}.`;
  if (!brief.gate_open) return `Waits for ${list(brief.missing_roles)}.`;
  return "";
}

/** Approvals that count. @param {Row} brief @returns {Row[]} */
export const valid = (brief) => brief.signoffs.filter((/** @type {Row} */ one) => one.approve && !one.voided);

/** Approvals that stopped counting and that nobody has given again, oldest first. */
/** @param {Row} brief @returns {Row[]} */
export function lapsed(brief) {
  const counting = new Set(valid(brief).map(({ role }) => role));
  return [...brief.earlier_signoffs, ...brief.signoffs].filter((one) => one.approve && one.voided && !counting.has(one.role));
}

/** What waits for this person, most urgent first. Rows say who is missing; once the desk's inbox is read, it knows the rules. */
/** @param {Row} state @returns {Row[]} */
export const awaiting = (state) => waitingFor(state.briefs, state.issues, state.session, state.config, state.bodies.inbox);

const waitingFor = last((/** @type {any} */ briefs, /** @type {any} */ issues, /** @type {Row} */ session, /** @type {Row | null} */ config, /** @type {Row | undefined} */ inbox) => {
  const roles = signingRoles({ session, config });
  const offered = inbox?.sign && new Set(inbox.sign.map((/** @type {Row} */ one) => one.brief_id));
  const mine = session.principal?.id;
  const waits = (/** @type {Row} */ brief) => roles.some((role) => brief.missing_roles.includes(role))
    && !valid(brief).some((one) => one.principal_id === mine);
  return sortedBriefs({ briefs, issues }).filter((brief) => brief.state !== "released" && waits(brief) && (!offered || offered.has(brief.id)));
});

/** Briefs of the edition that a role has not signed. @param {Row} state @param {string} role */
export const lacking = (state, role) =>
  sortedBriefs(state).filter((brief) => brief.state !== "released" && brief.missing_roles.includes(role));

/** A signature under the whole edition is one under what stands on screen, and nothing else. */
/** @param {Row} state @param {string} role */
export function whyNotSignAll(state, role) {
  if (whyNotLive(state)) return whyNotLive(state);
  const { status } = state.bodies;
  if (!status || status.error) return status?.error ?? "Reading the edition.";
  const read = (/** @type {Row} */ { id, digest }) => state.bodies[id]?.brief?.digest === digest;
  if (!status.briefs.every(read)) return "The text has just changed. Reading it again.";
  if (status.briefs.some((/** @type {Row} */ { id, digest }) => state.briefs.get(id)?.digest !== digest)) return "The edition has just changed. Reading it again.";
  return lacking(state, role).length ? "" : "There is nothing left to sign.";
}

const WEIGHT = ["critical", "high", "medium", "low"];

/** @param {Row} state @returns {Row[]} */
export const sortedBriefs = (state) => sorted(state.briefs, state.issues);

const sorted = last((/** @type {Map<string, Row>} */ briefs, /** @type {Map<string, Row>} */ issues) => {
  const score = (/** @type {Row} */ row) => issues.get(row.id)?.score ?? 0;
  return [...briefs.values()].sort((a, b) =>
    WEIGHT.indexOf(a.priority) - WEIGHT.indexOf(b.priority) || score(b) - score(a) || (a.id < b.id ? -1 : 1));
});

/** Copy as it is handed on: marked unless it is certain at this moment that people signed it. */
/** @param {Row} state @param {Row} brief @param {string} text */
export function marked(state, brief, text) {
  const certain = brief.gate_open && !whyNotLive(state) && !state.interrupt.active;
  return certain ? text : `DRAFT – UNSIGNED\n\n${text}`;
}
