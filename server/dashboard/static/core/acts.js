// @ts-check
/**
 * What a person can do here. A success shows itself, because its event comes back over the live channel.
 *
 * @typedef {Record<string, any>} Row
 */
import { createAttempts } from "./attempts.js";
import { createBodies } from "./bodies.js";
import { clock, desk } from "./desk.js";
import { earlier } from "./earlier.js";
import { undone } from "./editing.js";
import { marked } from "./standing.js";

/** @param {Row} store @param {{retry: () => void, anew: () => void, viewing: (id: string, isEditing: boolean) => void}} line */
export function createActs(store, line) {
  const { show, close, say, attempt, finish } = createAttempts(store);
  const readBodies = createBodies(store);

  const endEdit = () => {
    line.viewing(store.state.ui.editing, false);
    show({ editing: "", draft: {} });
  };

  async function whoAmI() {
    await attempt(async () => store.send({ type: "session", session: { ...await desk.whoAmI(), aheadMs: clock.aheadMs } }));
  }

  /** A dialog that asked in between gives way to what it interrupted. @param {Row} credential */
  async function become(credential) {
    try {
      await desk.signIn(credential);
    } catch (error) {
      say(/** @type {Error} */ (error).message);
      return;
    }
    await whoAmI();
    line.anew();
    show(store.state.ui.again ? { again: "" } : { dialog: null });
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
    sign: ({ brief, role, approve, ...wish }) => {
      const act = () => desk.sign(/** @type {any} */ ({ brief, role, approve, ...wish }));
      return approve ? finish(act, `You approved as ${role}.`, () => desk.withdraw(brief, role)) : finish(act);
    },
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
    /** What has to be read again. @param {string} id @param {string} since @param {string} [until] the current text if left out @param {string} [role] in which they may sign it at once */
    compare: (id, since, until, role) => attempt(async () => show({ dialog: { kind: "difference", id, since, until, role, found: await desk.difference(id, since, until) } })),
    /** @param {string} id @param {string} digest of the text that the edit begins with @param {string} [audience] whose copy it is */
    beginEdit: (id, digest, audience = "") => { show({ editing: id, editingFrom: digest, editingCopy: audience, draft: {} }); line.viewing(id, true); },
    endEdit,
    /** What is half-written is kept, wherever one looks meanwhile. @param {Row} change */
    note: (change) => show({ draft: { ...store.state.ui.draft, ...change } }),
    /** Go on from what somebody else has saved: what they changed elsewhere stays. @param {string} digest */
    editFrom: (digest) => show({ editingFrom: digest }),
    /** @param {string} id @param {string} digest @param {Row} change @param {Row} [before] what the changed fields were, if they can be so again */
    edit: async (id, digest, change, before) => {
      let saved = "";
      const save = async () => { saved = (await desk.edit(id, digest, change)).brief.digest; };
      if (await attempt(save, "Saved.", before && (() => desk.edit(id, saved, undone(change, before))))) endEdit();
    },
    /** @param {string} id @param {string} digest @param {string} proposal */
    adopt: (id, digest, proposal) => finish(() => desk.adopt(id, digest, proposal), "Adopted as a new revision."),
    /** @param {string} id @param {string} quadrant */
    correct: (id, quadrant) => {
      const before = store.state.issues.get(id)?.quadrant ?? quadrant;
      return attempt(() => desk.correct(id, quadrant), before === quadrant ? `${quadrant} it is.` : `Moved to ${quadrant}.`,
        before === quadrant ? undefined : () => desk.correct(id, before));
    },
    /** @param {string} issue @param {string} into */
    merge: (issue, into) => finish(() => desk.merge(issue, into), "Joined."),
    /** @param {string} issue @param {string[]} items */
    split: (issue, items) => finish(() => desk.split(issue, items), "Split off: an issue of its own."),
    /** @param {string} item @param {string} reason */
    withdrawItem: (item, reason) => finish(() => desk.withdrawItem(item, reason), "Withdrawn: it counts and is quoted no more."),
    /** @param {Row} brief @param {string} text */
    copy: (brief, text) => attempt(() => copy(marked(store.state, brief, text)), "Copied."),

    /** @param {Row} changes */
    configure: (changes) => (Object.keys(changes).length ? attempt(() => desk.configure(changes), "Saved.") : say("Nothing was changed.", "good")),
    /** A change that waits for a second admin. @param {string} id @param {boolean} isGood */
    decide: async (id, isGood) => {
      await attempt(() => (isGood ? desk.confirm(id) : desk.refuse(id)), isGood ? "Confirmed." : "It will not happen.");
      show({ decided: (store.state.ui.decided ?? 0) + 1 });
    },
    /** @param {string} id */
    verify: async (id) => {
      show({ verdicts: { ...store.state.ui.verdicts, [id]: { isAsked: true } } });
      const verdict = await desk.verify(id).catch((/** @type {Error} */ error) => ({ ok: false, problems: [error.message], limits: [] }));
      show({ verdicts: { ...store.state.ui.verdicts, [id]: verdict } });
    },
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
