// @ts-check
/** What a filled-in editor changes in a brief: only what differs is sent, so the rest stays as others left it. Pure. */

/** @typedef {Record<string, any>} Row */

export const TITLE = "title";
export const TEXTS = [["summary", "Summary"], ["risks", "Risks"], ["opportunities", "Opportunities"], ["recommendations", "Recommendations"]];

/** A field of a brief as it is edited: one sentence a line. @param {Row} content @param {string} name @returns {string} */
export function written(content, name) {
  if (name === TITLE) return content.title;
  return content[name].map((/** @type {Row} */ one) => one.text).join("\n");
}

/** @param {Row} content that the edit began with @param {Row} draft texts by field, as typed */
export function changesOf(content, draft) {
  /** @type {Row} */ const changes = {};
  for (const [name, text] of Object.entries(draft)) {
    if (name === TITLE && text.trim() !== content.title) changes.title = text.trim();
    else if (name !== TITLE && lines(text).join("\n") !== written(content, name)) changes[name] = lines(text);
  }
  return changes;
}

/** The edit that takes a change back: sentences with the evidence that they had. @param {Row} change @param {Row} before */
export function undone(change, before) {
  return Object.fromEntries(Object.keys(change).map((name) => [name, before[name]]));
}

/** @param {string} text */
const lines = (text) => text.split("\n").map((line) => line.trim()).filter(Boolean);
