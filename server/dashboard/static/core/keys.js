// @ts-check
/** The keyboard: one letter each, never while somebody types. */
import { address } from "./places.js";
import { whyNotSign, signingRoles } from "./standing.js";
import { listed } from "./ranking.js";

/** @typedef {Record<string, any>} Row */
/** @typedef {[string, string, (state: Row, acts: Row) => void]} Key */

/** @type {Key[]} */
export const KEYS = [
  ["?", "Show these keys", (_, acts) => acts.dialog({ kind: "keys" })],
  ["j", "Next issue", (state, acts) => step(state, acts, 1)],
  ["k", "Previous issue", (state, acts) => step(state, acts, -1)],
  ["d", "The desk", (_, acts) => acts.go(address("desk"))],
  ["t", "Today", (_, acts) => acts.go(address("today"))],
  ["s", "Sources", (_, acts) => acts.go(address("sources"))],
  ["v", "Activity", (_, acts) => acts.go(address("activity"))],
  ["e", "Read the whole edition", (_, acts) => acts.go(address("reading"))],
  ["w", "The wall", (_, acts) => acts.go(address("wall"))],
  ["/", "Find an issue", () => document.getElementById("find")?.focus()],
  ["a", "Approve the open brief", (state, acts) => sign(state, acts, true)],
  ["x", "Decline the open brief", (state, acts) => sign(state, acts, false)],
  ["h", "Hold everything, or let go", (state, acts) => acts.dialog({ kind: state.interrupt.active ? "resume" : "hold" })],
];

/** @param {KeyboardEvent} event @param {Row} state @param {Row} acts */
export function pressed(event, state, acts) {
  const at = /** @type {HTMLElement} */ (event.target);
  if (event.ctrlKey || event.metaKey || event.altKey || state.ui.dialog) return;
  if (at.closest?.("input, textarea, select, [contenteditable]")) return;
  const found = KEYS.find(([key]) => key === event.key);
  if (!found) return;
  event.preventDefault();
  found[2](state, acts);
}

/** @param {Row} state @param {Row} acts @param {number} by */
function step(state, acts, by) {
  const all = listed(state);
  const at = all.findIndex(({ id }) => id === state.ui.id);
  const next = all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + by))];
  if (next) acts.go(address("brief", next.id));
}

/** @param {Row} state @param {Row} acts @param {boolean} approve */
function sign(state, acts, approve) {
  const brief = state.briefs.get(state.ui.id);
  const role = brief && signingRoles(state).find((one) => brief.required_roles.includes(one));
  if (role && !whyNotSign(state, brief, role)) acts.dialog({ kind: "sign", id: brief.id, role, approve });
}
