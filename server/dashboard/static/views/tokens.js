// @ts-check
/** Tokens: who has one, and a new one whose secret is shown once. */
import { h } from "../core/dom.js";
import { whyNotLive } from "../core/standing.js";
import { time } from "../core/times.js";

/** @typedef {Record<string, any>} Row */

/** @param {Row} state @param {Row} acts */
export function tokens(state, acts) {
  const body = state.bodies.tokens;
  return h("section", { key: "tokens", class: "tokens", "aria-labelledby": "h-tokens" },
    h("div", { class: "head" }, h("h2", { id: "h-tokens" }, "Tokens"),
      h("button", { type: "button", disabled: Boolean(whyNotLive(state)), onclick: () => acts.dialog({ kind: "token" }) }, "Issue a token")),
    !body ? h("p", { class: "quiet" }, "Reading…") : body.error ? h("p", { class: "problem" }, body.error)
      : h("ul", { class: "rows" }, body.map((/** @type {Row} */ one) => row(state, acts, one))));
}

/** @param {Row} state @param {Row} acts @param {Row} token */
function row(state, acts, token) {
  const isGone = token.revoked;
  return h("li", { key: token.id, class: isGone ? "token gone" : "token" },
    h("span", null, h("b", { dir: "auto" }, token.name), h("span", { class: "quiet" }, ` ${token.roles.join(", ") || "reads only"}`)),
    h("span", { class: "quiet" }, "issued ", time(state, token.created), token.expires && [", until ", time(state, token.expires)],
      token.last_used ? [", used ", time(state, token.last_used)] : ", never used"),
    isGone ? h("span", { class: "flag" }, "revoked")
      : h("button", { type: "button", class: "small plain", "aria-label": `Revoke the token of ${token.name}`, onclick: () => acts.dialog({ kind: "revoke", id: token.id, name: token.name }) }, "Revoke"));
}

/** The dialog that issues one, and then shows its secret. @param {Row} state @param {Row} acts @param {Row} asked */
export function newToken(state, acts, { secret, name: whose }) {
  if (secret) {
    return { title: `The token of ${whose}`, inside: [
      h("p", null, "It is shown this once. Copy it now, and hand it over where nobody else reads."),
      h("label", null, "Token", h("input", { readonly: true, value: secret, onfocus: (/** @type {any} */ event) => event.target.select() })),
      h("div", { class: "actions" }, h("button", { type: "button", class: "primary", onclick: acts.close }, "I have it"))] };
  }
  return { title: "Issue a token", inside: h("form", { onsubmit: (/** @type {any} */ event) => {
    event.preventDefault();
    const { whom, roles, hours } = event.target;
    const held = roles.value.split("\n").map((/** @type {string} */ line) => line.trim()).filter(Boolean);
    acts.issue({ name: whom.value.trim(), roles: held, ...(hours.value && { ttl_hours: Number(hours.value) }) });
  } },
  h("label", null, "For whom", h("input", { name: "whom", required: true, maxlength: "80", dir: "auto" })),
  h("label", null, "Roles, one a line", h("textarea", { name: "roles", rows: "3", dir: "auto", placeholder: [...(state.config?.signoff_roles ?? []), "admin", "auditor"].join("\n") })),
  h("label", null, "Hours until it expires; never if left out", h("input", { name: "hours", type: "number", min: "1", max: "87600" })),
  h("div", { class: "actions" }, h("button", { type: "submit", class: "primary" }, "Issue it"))) };
}

/** @param {Row} _ @param {Row} acts @param {Row} asked */
export function revocation(_, acts, { id, name }) {
  return { title: "Revoke this token?", inside: [
    h("p", null, "Whoever works with the token of ", h("b", { dir: "auto" }, name), " is signed out at once. It cannot be given back."),
    h("div", { class: "actions" }, h("button", { type: "button", class: "danger", onclick: () => acts.revoke(id) }, "Revoke it"),
      h("button", { type: "button", onclick: acts.close }, "Keep it"))] };
}
