// @ts-check
/**
 * The bodies that are read for what is on screen: each once, and again when a row says that it changed.
 *
 * @typedef {Record<string, any>} Row
 */
import { desk } from "./desk.js";
import { may } from "./standing.js";

/** The inbox asks the rules about every brief: not more often than a person could look. */
const INBOX_REST_MS = 1_000;

/** @param {Row} store @returns {(state: Row) => void} */
export function createBodies(store) {
  /** What was asked for each body, so that it is asked once. @type {Map<string, string>} */
  const asked = new Map();
  const inbox = inboxOf(body, () => store.state);

  /** Read a body for `key`, unless it was read for the same reason. A newer wish wins. */
  /** @param {string} name @param {string} reason @param {() => Promise<any>} read */
  async function body(name, reason, read) {
    if (asked.get(name) === reason) return;
    asked.set(name, reason);
    let found;
    try {
      found = await read();
    } catch (error) {
      const { message, code, details } = /** @type {any} */ (error);
      found = { error: message, code, details };
    }
    if (asked.get(name) === reason) store.send({ type: "body", name, body: found });
  }

  /** @param {string} id @param {Row} brief */
  const text = (id, { digest, proposed_items: proposed, revision }) => body(id, `${digest} ${proposed} ${revision}`, () => desk.brief(id));

  /** @param {Row} state */
  function ofBrief(state) {
    const { id, lens, audience, editing, editingFrom } = state.ui;
    const brief = state.briefs.get(id);
    if (!brief) {
      // Of an earlier edition, or joined with another before we looked: the desk says which.
      if (!state.issues.has(id) && !state.joined.has(id)) body(id, "absent", () => desk.brief(id));
      return;
    }
    const { digest, gate_open: open } = brief;
    text(id, brief);
    if (lens) body(`${id} ${lens}`, digest, () => desk.lens(id, lens));
    if (audience) body(`${id} ${audience}`, `${digest} ${open}`, () => desk.assets(id, audience));
    if (editing === id && editingFrom !== digest) body(`${id} meanwhile`, `${editingFrom} ${digest}`, () => desk.difference(id, editingFrom));
  }

  /** The text of every brief of the edition, and the digest that covers them all. @param {Row} state */
  function ofEdition({ briefs }) {
    const all = [...briefs.values()];
    body("status", all.map(({ id, digest }) => `${id} ${digest}`).sort().join("\n"), desk.reviewStatus);
    for (const brief of all) text(brief.id, brief);
  }

  return (state) => {
    if (!state.isKnown || state.link.state !== "live") return;
    const { place } = state.ui;
    inbox(state);
    if (place === "reading") ofEdition(state);
    if (place === "brief") ofBrief(state);
    if (place === "settings" && may(state, "configure")) body("tokens", String(state.ui.issued ?? 0), desk.tokens);
    if (place === "value") body("roi", String(state.issues.size), desk.roi);
  };
}

/** What awaits this person, asked anew when any brief changed. */
/** @param {(name: string, reason: string, read: () => Promise<any>) => void} body @param {() => Row} state @returns {(state: Row) => void} */
function inboxOf(body, state) {
  /** @type {any} */ let timer;
  let turn = 0;
  /** @type {any[]} */ let had = [];
  return function look({ briefs, session, config, ui }) {
    const now = [briefs, session.principal?.id, config, ui.decided];
    if (timer || !session.principal?.id || now.every((one, at) => one === had[at])) return;
    had = now;
    turn += 1;
    body("inbox", String(turn), desk.inbox);
    timer = setTimeout(() => { timer = 0; look(state()); }, INBOX_REST_MS);
  };
}
