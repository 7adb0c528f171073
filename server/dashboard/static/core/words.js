// @ts-check
/** What is said in words: one sentence per kind of event, one name per thing. Pure. */

/** @typedef {Record<string, any>} Row */

/** Made once: a hundred counts are drawn with every frame. */
const number = new Intl.NumberFormat("en");

export const count = (/** @type {number} */ n, /** @type {string} */ one, many = `${one}s`) => `${number.format(n)} ${n === 1 ? one : many}`;

/** "a", "a and b", "a, b and c". @param {string[]} parts */
export function list(parts) {
  if (parts.length < 2) return parts.join("");
  return `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

/** Whether the log holds only a tombstone in its place. @param {Row} data */
export const isErased = (data) => data.erased === true;

/** @type {Record<string, (data: Row) => string>} */
const SENTENCES = {
  "item.withdrawn": ({ item }) => `${item.by} withdrew an item of ${item.publisher || "an unnamed source"}: ${item.reason}`,
  "issue.added": () => "New issue",
  "issue.updated": ({ issue, was }) => moved(was.score, issue.score),
  "issue.corrected": ({ issue, by }) => `${by} moved it to ${issue.quadrant}`,
  "issue.merged": ({ issue, by }) => `${by} joined it with ${issue.title}`,
  "issue.split": ({ other, by }) => `${by} split off ${other.title}`,
  "brief.written": () => "Brief written",
  "brief.revised": ({ brief, by, why }) => (by === "system" ? `Draft grew to revision ${brief.revision}` : `${by} ${why} revision ${brief.revision}`),
  "brief.proposed": ({ new_items: n }) => `${count(n, "newer item")} ${n === 1 ? "waits" : "wait"} as a proposal`,
  "brief.copy_edited": ({ by, audiences }) => `${by} wrote copy for ${list(audiences)}`,
  "brief.unsettled": ({ why }) => why,
  "brief.redacted": () => "Personal data was taken out; what is signed has not changed",
  "review.opened": ({ by }) => `${by} opened it for review`,
  "review.signed": ({ signoff }) => `${signoff.name} approved as ${signoff.role}`,
  "review.declined": ({ signoff }) => `${signoff.name} declined as ${signoff.role}`,
  "review.cleared": ({ by, role }) => `${by} cleared the decline of ${role}`,
  "review.withdrawn": ({ signoff }) => `${signoff.name} withdrew the approval as ${signoff.role}`,
  "review.voided": ({ signoffs, why }) => `Approval of ${list(signoffs.map((/** @type {Row} */ one) => one.name))} no longer counts: ${why}`,
  "review.gate_opened": () => "All have signed: ready to leave",
  "review.interrupted": ({ interrupt }) => `${interrupt.by} holds everything: ${interrupt.reason}`,
  "review.resumed": ({ by }) => `${by} let everything go on`,
  "config.changed": ({ by, fields }) => `${by} changed the settings: ${list(fields)}`,
  "export.created": ({ export: made }) => `${made.by} exported revision ${made.revision}`,
  "export.redacted": () => "Personal data was taken out of a package's row",
  "export.refused": ({ refusal }) => `An export was refused: ${refusal.message}`,
  "edition.opened": ({ edition }) => `Edition ${edition.id} opened`,
  "ingest.started": ({ run }) => `Reading ${count(run.source_ids.length, "source")}`,
  "ingest.finished": ({ run }) => `Read ${count(run.read, "entry", "entries")}: ${run.new} new, ${count(run.issues_added, "issue")} added`,
  "ingest.source_failed": ({ source }) => `${source.source.title} cannot be read: ${source.health.error}`,
  "ingest.source_recovered": ({ source }) => `${source.source.title} can be read again`,
  "ingest.source_added": ({ source }) => `${source.source.title} was added`,
  "ingest.source_removed": ({ source_id: id }) => `${id} was removed`,
};

/** @param {Row} event what was erased from the log has no words any more */
export function sentence({ type, data }) {
  if (isErased(data)) return "Erased";
  return (Object.hasOwn(SENTENCES, type) ? SENTENCES[type] : () => type)(data);
}

/** @param {number} before @param {number} now */
function moved(before, now) {
  const by = Math.round((now - before) * 100);
  if (by === 0) return "New items";
  return by > 0 ? `Up ${by} to ${percent(now)}` : `Down ${-by} to ${percent(now)}`;
}

/** A score as people read it: 0 to 100. @param {number} score */
export const percent = (score) => String(Math.round(score * 100));

/** @type {Record<string, string>} */
export const STATES = { draft: "Draft", in_review: "In review", released: "Released" };

export const PRIORITIES = ["critical", "high", "medium", "low"];
export const LENSES = [["ceo", "CEO"], ["coo", "COO"], ["director", "Director"]];
export const ASSETS = [
  ["linkedin", "LinkedIn post"],
  ["email_paragraph", "Email paragraph"],
  ["press_excerpt", "Press excerpt"],
];
