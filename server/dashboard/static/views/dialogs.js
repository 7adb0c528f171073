// @ts-check
/** What is asked before something happens. One dialog at a time; Escape always closes it. */
import { h } from "../core/dom.js";
import { KEYS } from "../core/keys.js";
import { whyNotLive, whyNotSign } from "../core/standing.js";
import { time } from "../core/times.js";
import { count } from "../core/words.js";
import { changed, difference } from "./difference.js";
import { signIn } from "./people.js";
import { joining, splitting, withdrawal } from "./regroup.js";
import { newSource, removal } from "./sources.js";
import { newToken, revocation } from "./tokens.js";

/** @typedef {Record<string, any>} Row */

/** @type {Record<string, (state: Row, acts: Row, asked: Row) => {title: string, inside: any}>} */
const KINDS = { sign, clear, hold, resume, proposal, difference, people, keys, quadrant, source: newSource, remove: removal, token: newToken, revoke: revocation, join: joining, split: splitting, withdraw: withdrawal };

/** @param {Row} state @param {Row} acts */
export function dialog(state, acts) {
  const asked = state.ui.dialog;
  const { again: why } = state.ui;
  return [asked && box(asked.kind, acts.close, KINDS[asked.kind](state, acts, asked)),
    why && box("again", () => acts.show({ again: "" }), again(state, acts, why))];
}

/** @param {string} kind @param {() => void} close @param {{title: string, inside: any}} what */
function box(kind, close, { title, inside }) {
  return h("dialog", { key: `dialog-${kind}`, class: `ask ask-${kind}`, "aria-labelledby": `h-${kind}`, onclose: close,
    onclick: (/** @type {any} */ event) => { if (event.target.localName === "dialog") close(); },
    made: (/** @type {HTMLDialogElement} */ made) => made.showModal() },
  h("div", { class: "inner" },
    h("div", { class: "head" }, h("h2", { id: `h-${kind}` }, title),
      h("button", { type: "button", class: "plain", "aria-label": "Close", onclick: close }, "×")), inside));
}

/** Over what is open, which stays as it is. @param {Row} state @param {Row} acts @param {string} why */
function again(state, acts, why) {
  return { title: "Sign in again", inside: [h("p", null, why), h("p", { class: "quiet" }, "What you have written stays where it is."), signIn(state, acts, true)] };
}

/** A form with one text. @param {Row} it */
function form({ label, name, required, button, kind = "primary", why = "", done, inside }) {
  return h("form", { onsubmit: (/** @type {any} */ event) => { event.preventDefault(); done(event.target[name].value.trim()); } },
    inside, h("label", null, label, h("textarea", { name, rows: "3", required, maxlength: "2000", dir: "auto" })),
    why && h("p", { class: "problem" }, why),
    h("div", { class: "actions" }, h("button", { type: "submit", class: kind, disabled: Boolean(why) }, button)));
}

/** @param {Row} state @param {Row} acts @param {Row} asked */
function sign(state, acts, { id, role, approve, digest: read }) {
  const brief = state.briefs.get(id);
  if (!brief) return { title: "This brief has gone", inside: null };
  // The digest on screen: that of the text that was read, not the newest one there may be.
  const digest = read ?? state.bodies[id]?.brief?.digest ?? brief.digest;
  return { title: `${approve ? "Approve" : "Decline"} as ${role}`, inside: form({
    name: "note", label: approve ? "Note, if you like" : "Why? Others will read it.", required: !approve,
    button: approve ? "Approve" : "Decline", kind: approve ? "primary" : "danger", why: whyNotSign(state, brief, role, approve),
    done: (/** @type {string} */ note) => acts.sign({ brief: id, digest, role, approve, note }),
    inside: [h("p", { class: "headline clamp", dir: "auto" }, brief.title),
      h("p", { class: "quiet" }, `Revision ${brief.revision}, as of `, time(state, brief.as_of), " · ", h("code", null, digest.slice(0, 8)),
        brief.proposed_items > 0 && ` · ${count(brief.proposed_items, "later item")} not included`)],
  }) };
}

/** @param {Row} state @param {Row} acts @param {Row} asked */
function clear(state, acts, { id, role }) {
  return { title: `Clear the decline of ${role}`, inside: form({ name: "reason", label: "What has changed?", required: true,
    button: "Clear the decline", why: whyNotLive(state), done: (/** @type {string} */ reason) => acts.clear(id, role, reason) }) };
}

/** @param {Row} state @param {Row} acts */
function hold(state, acts) {
  return { title: "Hold everything", inside: form({ name: "reason", label: "Why?", required: true, button: "Hold everything", kind: "danger",
    done: acts.hold, inside: h("p", { class: "quiet" }, "Nothing is exported until somebody resumes. Signing goes on.") }) };
}

/** @param {Row} state @param {Row} acts */
function resume(state, acts) {
  const { by, reason, since } = state.interrupt;
  return { title: "Let everything go on", inside: [
    h("p", null, h("b", null, by), ", ", time(state, since), ": ", h("q", { dir: "auto" }, reason)),
    h("div", { class: "actions" }, h("button", { type: "button", class: "primary", onclick: acts.resume }, "Resume"))] };
}

/** @param {Row} state @param {Row} acts @param {Row} asked */
function proposal(state, acts, { id }) {
  const body = state.bodies[id], waits = body?.proposal;
  if (!waits) return { title: "No proposal waits", inside: h("p", { class: "quiet" }, "It was adopted, or the text has changed.") };
  const why = whyNotLive(state) || (state.session.principal?.id ? "" : "Sign in to adopt it.");
  return { title: `${count(waits.new_items, "newer item")}, one proposal`, inside: [
    h("div", { class: "diff", tabindex: "0", role: "region", "aria-label": "Difference" }, waits.diff.map(changed)),
    h("p", { class: "quiet" }, "Adopting it makes a new revision; approvals of this one no longer count."),
    why && h("p", { class: "problem" }, why),
    h("div", { class: "actions" }, h("button", { type: "button", class: "primary", disabled: Boolean(why),
      onclick: () => acts.adopt(id, body.brief.digest, waits.digest) }, "Adopt it"),
    h("button", { type: "button", onclick: acts.close }, "Leave it waiting"))] };
}

/** @param {Row} state @param {Row} acts */
function people(state, acts) {
  const { principal } = state.session;
  return { title: principal?.id ? principal.name : "Who are you?", inside: [
    principal?.id && h("p", { class: "quiet" }, principal.roles.join(", ")),
    signIn(state, acts),
    principal?.id && h("button", { type: "button", onclick: () => { acts.signOut(); acts.close(); } }, "Sign out")] };
}

/** @param {Row} state @param {Row} acts @param {Row} asked */
function quadrant(state, acts, { id, names, now }) {
  return { title: "Where does it belong?", inside: [
    h("p", { class: "quiet" }, "The desk learns from it. Whoever corrects has written part of what is signed."),
    h("div", { class: "choices" }, names.map((/** @type {string} */ name) => h("button", { key: name, type: "button", "aria-pressed": String(name === now), disabled: name === now,
      onclick: () => { acts.correct(id, name); acts.close(); } }, name)))] };
}

function keys() {
  return { title: "Keys", inside: h("dl", { class: "keylist" }, KEYS.map(([key, says]) => [h("dt", null, h("kbd", null, key)), h("dd", null, says)])) };
}
