// @ts-check
/** The review bar, always there: who must sign, who has, what is missing, and the human stop. */
import { h } from "../core/dom.js";
import { address } from "../core/places.js";
import { awaiting, lapsed, may, signingRoles, valid, whyNotExport, whyNotLive, whyNotSign } from "../core/standing.js";
import { time } from "../core/times.js";
import { count } from "../core/words.js";

/** @typedef {Record<string, any>} Row */

/** @param {Row} state @param {Row} acts */
export function bar(state, acts) {
  const brief = state.ui.place === "brief" && state.briefs.get(state.ui.id);
  return h("footer", { key: "bar", class: "bar", "aria-label": "Review" },
    brief ? ofBrief(state, acts, brief) : ofEdition(state), stop(state, acts));
}

/** @param {Row} state */
function ofEdition(state) {
  const briefs = [...state.briefs.values()];
  const signed = briefs.filter(({ gate_open: open }) => open).length;
  const left = briefs.filter(({ exported }) => exported).length;
  const mine = awaiting(state), [next] = mine;
  return [
    h("p", { key: "sum", class: "sum" }, briefs.length === 0 ? "No brief to sign yet"
      : [h("b", null, `${signed} of ${briefs.length}`), " signed by all", left > 0 && `, ${count(left, "package")} left`]),
    next && h("a", { key: "next", class: "button primary next", href: address("brief", next.id) }, "Next for you"),
    mine.length > 1 && state.ui.place !== "reading" && h("a", { key: "all", class: "button all", href: address("reading") }, `Read all ${mine.length}`),
  ];
}

/** @param {Row} state @param {Row} acts @param {Row} brief */
function ofBrief(state, acts, brief) {
  return [
    h("ul", { key: "slots", class: "slots" }, brief.required_roles.map((/** @type {string} */ role) => slot(state, acts, brief, role))),
    h("div", { key: "does", class: "does" }, decisions(state, acts, brief), leave(state, acts, brief)),
  ];
}

/** @param {Row} state @param {Row} acts @param {Row} brief @param {string} role */
function slot(state, acts, brief, role) {
  const signed = valid(brief).find((one) => one.role === role);
  const declined = brief.declines.find((/** @type {Row} */ one) => one.role === role);
  const old = lapsed(brief).findLast((one) => one.role === role);
  const isMine = (/** @type {Row} */ one) => one.principal_id === state.session.principal?.id;
  if (declined) {
    return h("li", { key: role, class: "slot declined" }, sign("×"), h("span", { class: "role" }, role),
      h("span", { class: "whom" }, h("b", { dir: "auto" }, declined.name), " declined ", time(state, declined.at), declined.note && h("q", { dir: "auto" }, declined.note)),
      signingRoles(state).includes(role) && h("button", { type: "button", class: "small", onclick: () => acts.dialog({ kind: "clear", id: brief.id, role }) }, "Clear"));
  }
  if (signed) {
    return h("li", { key: role, class: "slot signed" }, sign("✓"), h("span", { class: "role" }, role),
      h("span", { class: "whom" }, h("b", { dir: "auto" }, signed.name), " ", time(state, signed.at)),
      isMine(signed) && !brief.exported && h("button", { type: "button", class: "small plain", disabled: Boolean(whyNotLive(state)), onclick: () => acts.withdraw(brief.id, role) }, "Withdraw"));
  }
  return h("li", { key: role, class: old ? "slot void" : "slot" }, sign(old ? "!" : "–"), h("span", { class: "role" }, role),
    h("span", { class: "whom", title: old?.voided }, old ? [h("s", { dir: "auto" }, old.name), " no longer counts"] : "not yet signed"));
}

/** @param {string} text */
const sign = (text) => h("i", { "aria-hidden": "true", class: "sign" }, text);

/** @param {Row} state @param {Row} acts @param {Row} brief */
function decisions(state, acts, brief) {
  const roles = signingRoles(state).filter((role) => brief.missing_roles.includes(role));
  if (!state.session.principal?.id) {
    return h("button", { key: "in", type: "button", class: "primary", onclick: () => acts.dialog({ kind: "people" }) }, "Sign in to decide");
  }
  return roles.map((role) => {
    const why = whyNotSign(state, brief, role), whyNotDecline = whyNotSign(state, brief, role, false);
    const say = (/** @type {boolean} */ approve) => () => acts.dialog({ kind: "sign", id: brief.id, role, approve });
    return h("div", { key: role, class: "decide" },
      h("button", { type: "button", class: "primary approve", disabled: Boolean(why), title: why || null, onclick: say(true) }, "Approve", h("span", { class: "as" }, ` as ${role}`)),
      h("button", { type: "button", disabled: Boolean(whyNotDecline), title: whyNotDecline || null, onclick: say(false) }, "Decline"),
      why && h("small", { class: "because" }, why));
  });
}

/** @param {Row} state @param {Row} acts @param {Row} brief */
function leave(state, acts, brief) {
  if (brief.exported) return h("button", { key: "again", type: "button", onclick: () => acts.download(brief.id) }, "Download the package");
  if (!may(state, "review")) return null;
  const why = whyNotExport(state, brief);
  return h("div", { key: "leave", class: brief.gate_open ? "decide leave" : "decide leave shut" },
    h("button", { type: "button", class: brief.gate_open ? "primary export" : "export", disabled: Boolean(why), title: why || null, onclick: () => acts.release(brief.id) }, "Export"),
    why && h("small", { class: "because" }, why));
}

/** @param {Row} state @param {Row} acts */
function stop(state, acts) {
  if (!may(state, "interrupt")) return null;
  const { active } = state.interrupt;
  return h("button", { key: "stop", type: "button", class: active ? "stop active" : "stop", "aria-pressed": String(active),
    onclick: () => acts.dialog({ kind: active ? "resume" : "hold" }) }, active ? "Resume" : "Hold all");
}
