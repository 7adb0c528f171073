// @ts-check
/**
 * What this page knows: one state, changed by `reduce` alone. Pure.
 *
 * The desk's part is a snapshot and then events, each applied as the whole rows that it carries;
 * so an event that comes twice changes nothing. It mirrors engine/log/fold.py.
 *
 * @typedef {Record<string, any>} Row
 * @typedef {ReturnType<typeof empty>} State
 * @typedef {{type: string, [field: string]: any}} Action
 */

import { isErased } from "./words.js";

const FEED_LENGTH = 200;
const TRAIL_LENGTH = 24;

/** Before anything is known. */
export function empty() {
  return {
    link: { state: "connecting", since: 0, waitMs: 0 },
    refusal: /** @type {Row | null} */ (null),
    session: { principal: /** @type {Row | null} */ (null), demo_names: /** @type {string[]} */ ([]) },
    isKnown: false,
    edition: /** @type {Row | null} */ (null),
    config: /** @type {Row | null} */ (null),
    interrupt: /** @type {Row} */ ({ active: false }),
    issues: /** @type {Map<string, Row>} */ (new Map()),
    /** Where issues went that were joined with others while we looked. */
    joined: /** @type {Map<string, string>} */ (new Map()),
    briefs: /** @type {Map<string, Row>} */ (new Map()),
    exports: /** @type {Row[]} */ ([]),
    sources: /** @type {Map<string, Row>} */ (new Map()),
    lastRun: /** @type {Row | null} */ (null),
    progress: /** @type {Map<string, Row>} */ (new Map()),
    presence: /** @type {Map<string, Row>} */ (new Map()),
    /** Scores of each issue since the page was opened, oldest first. */
    trails: /** @type {Map<string, number[]>} */ (new Map()),
    /** How often each row has changed while we looked. */
    changes: /** @type {Map<string, number>} */ (new Map()),
    feed: /** @type {Row[]} */ ([]),
    /** What is on screen: places, choices, open dialogs, bodies read by REST. */
    ui: /** @type {Row} */ ({ place: "desk", id: "", filter: "", sort: "score", lens: "ceo", audience: "" }),
    bodies: /** @type {Row} */ ({}),
    notice: /** @type {Row | null} */ (null),
  };
}

/** @param {State} state @param {Action} action @returns {State} */
export function reduce(state, action) {
  switch (action.type) {
    case "snapshot": return begin(state, action.data);
    case "event": return happened(state, action.event);
    case "latest": return newest(state, action.event);
    case "link": return { ...state, link: action.link, refusal: action.link.state === "refused" ? state.refusal : null };
    case "refused": return { ...state, refusal: action.refusal };
    case "session": return { ...state, session: action.session };
    case "ui": return { ...state, ui: { ...state.ui, ...action.change } };
    case "body": return { ...state, bodies: { ...state.bodies, [action.name]: action.body } };
    case "earlier": return { ...state, feed: joined(state.feed, [...action.events].reverse()) };
    case "notice": return { ...state, notice: action.notice };
    default: return state;
  }
}

/** @param {State} state @param {Row} data @returns {State} */
function begin(state, data) {
  const trails = new Map(state.trails);
  for (const issue of data.issues ?? []) trail(trails, issue);
  return {
    ...state,
    isKnown: true,
    edition: data.edition,
    config: data.config,
    interrupt: data.interrupt ?? { active: false },
    issues: byId(data.issues ?? []),
    briefs: byId(data.briefs ?? []),
    exports: data.exports ?? [],
    sources: new Map((data.sources ?? []).map((/** @type {Row} */ row) => [row.source.id, row])),
    lastRun: data.last_run,
    progress: new Map(),
    presence: new Map(),
    feed: [],
    trails,
  };
}

/** @param {State} state @param {Row} event @returns {State} */
function happened(state, event) {
  const { data } = event;
  if (isErased(data)) return { ...state, feed: joined([event], state.feed) };
  let next = withRows(state, event);
  switch (event.type) {
    case "edition.opened": next = rolledOver(next, data.edition); break;
    case "config.changed": next.config = data.config; break;
    case "review.interrupted":
    case "review.resumed": next.interrupt = data.interrupt; break;
    case "export.created": next.exports = [...others(next.exports, data.export), data.export]; break;
    case "export.redacted": next.exports = next.exports.map((row) => (row.id === data.export.id ? data.export : row)); break;
    case "ingest.started": next.progress = new Map(); break;
    case "ingest.finished": next.lastRun = data.run; next.progress = new Map(); break;
    case "ingest.source_removed": next.sources = without(next.sources, data.source_id); break;
    default:
  }
  return next;
}

/** Take over every row that the event carries. @param {State} state @param {Row} event */
function withRows(state, event) {
  const { issue, merged, other, brief, source, sources = source ? [source] : [] } = event.data;
  const next = { ...state, feed: joined([event], state.feed) };
  for (const row of [issue, merged, other]) if (row) withIssue(next, row);
  if (brief) {
    next.briefs = belongs(brief, state.edition?.id)
      ? put(state.briefs, brief.id, brief) : without(state.briefs, brief.id);
  }
  for (const row of sources) next.sources = put(next.sources, row.source.id, row);
  const changed = issue?.id ?? brief?.id;
  if (changed) next.changes = put(state.changes, changed, (state.changes.get(changed) ?? 0) + 1);
  return next;
}

/** One that is in no edition any more leaves the list. @param {State} next @param {Row} issue */
function withIssue(next, issue) {
  if (issue.merged_into) next.joined = put(next.joined, issue.id, issue.merged_into);
  if (issue.edition !== next.edition?.id) {
    next.issues = without(next.issues, issue.id);
  } else {
    next.issues = put(next.issues, issue.id, issue);
    trail(next.trails = new Map(next.trails), issue);
  }
}

/** @param {State} state @param {Row} event @returns {State} */
function newest(state, { type, data, subject, time }) {
  if (type === "presence") return { ...state, presence: put(state.presence, subject, data) };
  if (type !== "ingest.progress") return state;
  const before = state.progress.get(subject);
  const from = before && before.run_id === data.progress.run_id ? before.from : { time, read: data.progress.read };
  return { ...state, progress: put(state.progress, subject, { ...data.progress, from, time }) };
}

/** @param {State} state @param {Row} edition @returns {State} */
function rolledOver(state, edition) {
  if (edition.id === state.edition?.id) return { ...state, edition }; // it only lasts longer
  const kept = [...state.briefs.values()].filter((row) => belongs(row, edition.id));
  return { ...state, edition, issues: new Map(), briefs: byId(kept), exports: [], trails: new Map() };
}

/** A brief shows while its edition lasts, and for as long as people work on it. */
/** @param {Row} row @param {string | undefined} edition */
const belongs = (row, edition) => row.edition === edition || row.state === "in_review";

/** @param {Map<string, number[]>} trails @param {Row} issue */
function trail(trails, issue) {
  const before = trails.get(issue.id) ?? [];
  if (before.at(-1) !== issue.score) trails.set(issue.id, [...before, issue.score].slice(-TRAIL_LENGTH));
}

/** Newest first, none twice. @param {Row[]} newer @param {Row[]} older */
function joined(newer, older) {
  const known = new Set(newer.map(({ id }) => id));
  return [...newer, ...older.filter(({ id }) => !known.has(id))].slice(0, FEED_LENGTH);
}

/** @param {Row[]} rows @returns {Map<string, Row>} */
const byId = (rows) => new Map(rows.map((row) => [row.id, row]));

/** @template V @param {Map<string, V>} rows @param {string} id @param {V} row */
const put = (rows, id, row) => new Map(rows).set(id, row);

/** @template V @param {Map<string, V>} rows @param {string} id */
function without(rows, id) {
  const kept = new Map(rows);
  kept.delete(id);
  return kept;
}

/** @param {Row[]} rows @param {Row} row */
const others = (rows, row) => rows.filter(({ id }) => id !== row.id);

/** The one store. `changed` is called after each action. @param {(state: State) => void} changed */
export function createStore(changed) {
  let state = empty();
  return {
    get state() { return state; },
    /** @param {Action} action */
    send(action) {
      state = reduce(state, action);
      changed(state);
    },
  };
}
