// @ts-check
/** Who looks, how to sign in, and whether the line to the desk holds. */
import { h } from "../core/dom.js";
import { clock, span } from "../core/times.js";
import { list } from "../core/words.js";

/** @typedef {Record<string, any>} Row */

const TOLERATED_MS = 300_000;

/** The state light. @param {Row} state @param {Row} acts */
export function light(state, acts) {
  const { state: name, since } = state.link;
  const text = {
    live: "Live",
    offline: `Offline since ${clock(state, since)}`,
    refused: "Not following",
    "catching up": "Catching up",
    connecting: "Connecting",
  }[/** @type {string} */ (name)] ?? name;
  const isDown = name === "offline" || name === "refused";
  const { aheadMs = 0 } = state.session;
  return h("p", { class: "light", id: "light", "data-state": name, role: "status" },
    h("i", { "aria-hidden": "true" }), h("span", null, text),
    Math.abs(aheadMs) > TOLERATED_MS && h("span", { class: "flag", title: "All times on this page are the desk's. This device's clock is not asked." },
      `Your clock is ${span(Math.abs(aheadMs) / 1000)} ${aheadMs > 0 ? "ahead" : "behind"}`),
    isDown && h("button", { type: "button", class: "small", onclick: acts.retry }, "Try now"));
}

/** What happened to whoever may not follow any more: what stands here stays, and is old. @param {Row} state @param {Row} acts */
export function shutOut(state, acts) {
  if (state.link.state !== "refused") return null;
  return h("section", { key: "shut-out", class: "held", role: "alert" },
    h("strong", null, "The desk does not let this page follow any more"),
    h("span", { dir: "auto" }, state.refusal?.code === "not_authenticated" || !state.refusal ? "Your session has ended, or its token was revoked." : state.refusal.message),
    h("span", { class: "soft" }, "What you see may be old."),
    h("button", { type: "button", class: "small", onclick: () => acts.dialog({ kind: "people" }) }, "Sign in"));
}

/** @param {Row} state @param {Row} acts */
export function who(state, acts) {
  const { principal } = state.session;
  const name = principal?.id ? principal.name : "Reading only";
  const roles = principal?.id ? list(principal.roles) : "Sign in to decide";
  return h("button", { type: "button", class: "who", "aria-haspopup": "dialog", onclick: () => acts.dialog({ kind: "people" }) },
    h("span", { class: "initials", "aria-hidden": "true" }, initials(principal?.id ? principal.name : "·")),
    h("span", { class: "named" }, h("b", { dir: "auto" }, name), h("small", null, roles)));
}

/** @param {string} name */
const initials = (name) => name.split(/\s+/).slice(0, 2).map((part) => [...part][0] ?? "").join("");

/** Before anything may be seen: the desk asks who we are. @param {Row} state @param {Row} acts */
export function gate(state, acts) {
  return h("main", { id: "main", key: "gate", class: "gate" },
    h("h1", null, "Wireroom"),
    h("p", { class: "quiet" }, state.refusal?.code === "not_authenticated"
      ? "This desk asks who you are." : state.refusal?.message ?? "The desk does not let this page follow."),
    signIn(state, acts));
}

/** @param {Row} state @param {Row} acts @param {boolean} [isAgain] whether the same person may be meant */
export function signIn(state, acts, isAgain = false) {
  const { principal, demo_names: names } = state.session;
  const others = names.filter((/** @type {string} */ name) => isAgain || name !== principal?.name);
  return h("div", { class: "signin" },
    others.length > 0 && h("div", { class: "choices" }, others.map((/** @type {string} */ name) =>
      h("button", { type: "button", onclick: () => acts.become({ name }) }, `Continue as ${name}`))),
    h("form", { onsubmit: (/** @type {SubmitEvent} */ event) => {
      event.preventDefault();
      const field = /** @type {HTMLFormElement} */ (event.target).token;
      acts.become({ token: field.value.trim() });
      field.value = "";
    } },
    h("label", null, others.length ? "Or with a token" : "Your token",
      h("input", { name: "token", type: "password", required: true, autocomplete: "off", spellcheck: "false" })),
    h("button", { type: "submit", class: "primary" }, "Sign in")));
}
