// @ts-check
/**
 * What a person can do here, and the bodies that are read for what is on screen. A failure is said
 * in the desk's own words; a success shows itself, because the event comes back over the live channel.
 *
 * @typedef {Record<string, any>} Row
 */
import { desk } from "./desk.js";
import { earlier } from "./earlier.js";
import { marked, may } from "./standing.js";

const NOTICE_MS = 8_000;

/** @param {Row} store @param {{retry: () => void, anew: () => void, viewing: (id: string, isEditing: boolean) => void}} line */
export function createActs(store, line) {
  /** What was asked for each body, so that it is asked once. @type {Map<string, string>} */
  const asked = new Map();
  /** @type {any} */ let timer;

  /** @param {string} text @param {"bad" | "good"} [tone] */
  function say(text, tone = "bad") {
    clearTimeout(timer);
    store.send({ type: "notice", notice: text ? { text, tone } : null });
    if (text) timer = setTimeout(() => store.send({ type: "notice", notice: null }), NOTICE_MS);
  }

  /** Do it; say why when it is refused. @param {() => Promise<any>} act @param {string} [done] */
  async function attempt(act, done) {
    try {
      await act();
      if (done) say(done, "good");
      return true;
    } catch (error) {
      say(/** @type {Error} */ (error).message);
      return false;
    }
  }

  /** @param {Row} change */
  const show = (change) => store.send({ type: "ui", change });
  const endEdit = () => {
    line.viewing(store.state.ui.editing, false);
    show({ editing: "" });
  };
  const close = () => show({ dialog: null });
  /** Do it and close the dialog; a refusal leaves it open with what was written. */
  /** @param {() => Promise<any>} act @param {string} [done] */
  const finish = async (act, done) => { if (await attempt(act, done)) close(); };

  /** Read a body for `key`, unless it was read for the same reason. A newer wish wins. */
  /** @param {string} name @param {string} reason @param {() => Promise<any>} read */
  async function body(name, reason, read) {
    if (asked.get(name) === reason) return;
    asked.set(name, reason);
    let found;
    try {
      found = await read();
    } catch (error) {
      found = { error: /** @type {Error} */ (error).message };
    }
    if (asked.get(name) === reason) store.send({ type: "body", name, body: found });
  }

  /** Ask for what the screen shows and has not got, or has got of an older state. @param {Row} state */
  function readBodies(state) {
    const { place, id, lens, audience } = state.ui;
    if (!state.isKnown || state.link.state !== "live") return;
    if (place === "reading") readEdition(state);
    if (place === "settings" && may(state, "configure")) body("tokens", String(state.ui.issued ?? 0), desk.tokens);
    if (place === "value") body("roi", String(state.issues.size), desk.roi);
    const brief = place === "brief" && state.briefs.get(id);
    if (place === "brief" && !brief) { asked.delete(id); return; }
    if (!brief) return;
    const { digest, proposed_items: proposed, gate_open: open, revision } = brief;
    body(id, `${digest} ${proposed} ${revision}`, () => desk.brief(id));
    if (lens) body(`${id} ${lens}`, digest, () => desk.lens(id, lens));
    if (audience) body(`${id} ${audience}`, `${digest} ${open}`, () => desk.assets(id, audience));
  }

  /** The text of every brief of the edition, and the digest that covers them all. @param {Row} state */
  function readEdition(state) {
    const briefs = [...state.briefs.values()];
    body("status", briefs.map(({ id, digest }) => `${id} ${digest}`).sort().join("\n"), desk.reviewStatus);
    for (const { id, digest, proposed_items: proposed, revision } of briefs) {
      body(id, `${digest} ${proposed} ${revision}`, () => desk.brief(id));
    }
  }

  async function whoAmI() {
    await attempt(async () => store.send({ type: "session", session: await desk.whoAmI() }));
  }

  /** @param {Row} credential */
  async function become(credential) {
    await finish(async () => {
      await desk.signIn(credential);
      await whoAmI();
      line.anew();
    });
  }

  return {
    say, show, close, readBodies, whoAmI, become,
    /** @param {string} hash */
    go: (hash) => { location.hash = hash; },
    /** @param {Row} dialog */
    dialog: (dialog) => show({ dialog }),
    /** @param {string} at */
    readEarlier: (at) => earlier(at).then((events) => store.send({ type: "earlier", events })),
    retry: line.retry,
    /** Tell others. @param {string} id */
    lookAt: (id) => line.viewing(id, Boolean(id) && store.state.ui.editing === id),
    signOut: () => attempt(async () => { await desk.signOut(); await whoAmI(); line.anew(); }),

    /** @param {Row} wish */
    sign: (wish) => finish(() => desk.sign(/** @type {any} */ (wish))),
    /** @param {string} role @param {string} digest */
    signEdition: (role, digest) => attempt(async () => {
      const { signed, skipped } = await desk.signEdition(role, digest);
      show({ skipped });
      say(`You approved ${signed.length} as ${role}.`, "good");
    }),
    /** @param {string} id @param {string} role */
    withdraw: (id, role) => attempt(() => desk.withdraw(id, role), "Your approval is withdrawn."),
    /** @param {string} id @param {string} role @param {string} reason */
    clear: (id, role, reason) => finish(() => desk.clear(id, role, reason)),
    /** @param {string} reason */
    hold: (reason) => finish(() => desk.hold(reason)),
    resume: () => finish(() => desk.resume()),
    /** @param {string} id */
    release: (id) => attempt(async () => { await desk.release(id); download(id); }, "The package is on its way to your downloads."),
    download,

    /** @param {string} id */
    write: (id) => attempt(() => desk.write(id)),
    /** @param {string} id */
    openReview: (id) => attempt(() => desk.openReview(id)),
    /** What somebody who signed has to read again. @param {string} id @param {string} since */
    compare: (id, since) => attempt(async () => show({ dialog: { kind: "difference", id, found: await desk.difference(id, since) } })),
    /** @param {string} id @param {string} digest of the text that the edit begins with */
    beginEdit: (id, digest) => { show({ editing: id, editingFrom: digest }); line.viewing(id, true); },
    endEdit,
    /** @param {string} id @param {string} digest @param {Row} change */
    edit: async (id, digest, change) => { if (await attempt(() => desk.edit(id, digest, change))) endEdit(); },
    /** @param {string} id @param {string} digest @param {string} proposal */
    adopt: (id, digest, proposal) => finish(() => desk.adopt(id, digest, proposal), "Adopted as a new revision."),
    /** @param {string} id @param {string} quadrant */
    correct: (id, quadrant) => attempt(() => desk.correct(id, quadrant), `Moved to ${quadrant}.`),
    /** @param {Row} brief @param {string} text */
    copy: (brief, text) => attempt(() => copy(marked(store.state, brief, text)), "Copied."),

    /** @param {Row} changes */
    configure: (changes) => (Object.keys(changes).length ? attempt(() => desk.configure(changes), "Saved.") : say("Nothing was changed.", "good")),
    /** @param {Row} token */
    issue: (token) => attempt(async () => {
      const { token: secret, row } = await desk.issue(token);
      show({ dialog: { kind: "token", secret, name: row.name }, issued: (store.state.ui.issued ?? 0) + 1 });
    }),
    /** @param {string} id */
    revoke: (id) => finish(async () => { await desk.revoke(id); show({ issued: (store.state.ui.issued ?? 0) + 1 }); }, "Revoked."),

    /** @param {string} [id] */
    run: (id) => attempt(() => desk.run(id)),
    /** @param {Row} source */
    addSource: (source) => finish(() => desk.addSource(source), "The source was added; it is read with the next run."),
    /** @param {string} id @param {boolean} paused */
    pause: (id, paused) => attempt(() => desk.pause(id, paused)),
    /** @param {string} id */
    remove: (id) => finish(() => desk.remove(id)),
  };
}

/** The browser asks for the package itself; the session's cookie says who asks. @param {string} id */
function download(id) {
  const link = document.createElement("a");
  link.href = `/export/${encodeURIComponent(id)}`;
  link.download = "";
  link.click();
}

/** @param {string} text */
async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // A desk without TLS on another machine: browsers keep the clipboard from it.
  throw new Error("This browser gives the clipboard only to secure pages: select the text instead.");
}
