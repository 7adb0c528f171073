// @ts-check
/**
 * Trying: a failure is said in the desk's own words, and what can be taken back offers it. A desk that
 * only asks who we are is answered beside what is open, so that nothing typed is lost.
 *
 * @typedef {Record<string, any>} Row
 */
import { asksWho } from "./desk.js";

const NOTICE_MS = 8_000;
const UNDO_MS = 15_000;

/** @param {Row} store */
export function createAttempts(store) {
  /** @type {any} */ let timer;
  /** @param {Row} change */
  const show = (change) => store.send({ type: "ui", change });
  const close = () => show({ dialog: null });

  /** @param {string} text @param {"bad" | "good"} [tone] @param {(() => Promise<any>) | null} [undo] */
  function say(text, tone = "bad", undo = null) {
    clearTimeout(timer);
    store.send({ type: "notice", notice: text ? { text, tone, undo } : null });
    if (text) timer = setTimeout(() => store.send({ type: "notice", notice: null }), undo ? UNDO_MS : NOTICE_MS);
  }

  /** Do it; say why when it is refused. @param {() => Promise<any>} act @param {string} [done] @param {() => Promise<any>} [undo] */
  async function attempt(act, done, undo) {
    try {
      await act();
      if (done) say(done, "good", undo && (() => attempt(undo, "Taken back.")));
      return true;
    } catch (error) {
      if (asksWho(error)) show({ again: /** @type {Error} */ (error).message });
      else say(/** @type {Error} */ (error).message);
      return false;
    }
  }

  /** Do it and close the dialog; a refusal leaves it open with what was written. */
  /** @param {() => Promise<any>} act @param {string} [done] @param {() => Promise<any>} [undo] */
  const finish = async (act, done, undo) => { if (await attempt(act, done, undo)) close(); };

  return { show, close, say, attempt, finish };
}
