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
/** More changes at once than this are not pointed out one by one. */
const CROWD = 4;
const AT_MOST = 500;

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
    case "event":
    case "latest": return together(state, [action]);
    case "together": return together(state, action.actions);
    case "link": return { ...state, link: action.link, refusal: action.link.state === "refused" ? state.refusal : null };
    case "refused": return { ...state, refusal: action.refusal };
    case "session": return { ...state, session: action.session, bodies: { ...state.bodies, inbox: undefined } };
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

/**
 * Events one after another, as one change: what many of them touch is copied once.
 * @param {State} before @param {Action[]} actions @returns {State}
 */
function together(before, actions) {
  const next = { ...before };
  /** The part of the next state that may be written to. @type {(name: string) => any} */
  const own = (name) => {
    const state = /** @type {Row} */ (next), had = /** @type {Row} */ (before)[name];
    if (state[name] === had) state[name] = Array.isArray(had) ? [...had] : new Map(had);
    return state[name];
  };
  const isCrowd = actions.length > CROWD;
  for (const { type, event } of actions) {
    if (type === "latest") newest(next, own, event);
    else happened(next, own, event, isCrowd);
  }
  const events = actions.filter(({ type }) => type === "event").map(({ event }) => event);
  if (events.length) next.feed = joined(events.slice(-FEED_LENGTH).reverse(), before.feed);
  return next;
}

/** @typedef {(name: string) => any} Own */

/** @param {State} next @param {Own} own @param {Row} event @param {boolean} isCrowd */
function happened(next, own, event, isCrowd) {
  const { data } = event;
  if (isErased(data)) return;
  withRows(next, own, data);
  switch (event.type) {
    case "edition.opened": rolledOver(next, data.edition); break;
    case "config.changed": next.config = data.config; break;
    case "review.interrupted":
    case "review.resumed": next.interrupt = data.interrupt; break;
    case "export.created": next.exports = [...others(next.exports, data.export), data.export]; break;
    case "export.redacted": next.exports = next.exports.map((row) => (row.id === data.export.id ? data.export : row)); break;
    case "ingest.started": next.progress = new Map(); break;
    case "ingest.finished": next.lastRun = data.run; next.progress = new Map(); break;
    case "ingest.source_removed": own("sources").delete(data.source_id); break;
    default:
  }
  const changed = data.issue?.id ?? data.brief?.id;
  // A whole list that flashes says nothing.
  if (changed && !isCrowd) own("changes").set(changed, (next.changes.get(changed) ?? 0) + 1);
}

/** Take over every row that the event carries. @param {State} next @param {Own} own @param {Row} data */
function withRows(next, own, { issue, merged, other, brief, source, sources = source ? [source] : [] }) {
  for (const row of [issue, merged, other]) if (row) withIssue(next, own, row);
  if (brief && belongs(brief, next.edition?.id)) own("briefs").set(brief.id, brief);
  else if (brief) own("briefs").delete(brief.id);
  for (const row of sources) own("sources").set(row.source.id, row);
}

/** One that is in no edition any more leaves the list. @param {State} next @param {Own} own @param {Row} issue */
function withIssue(next, own, issue) {
  if (issue.merged_into) own("joined").set(issue.id, issue.merged_into);
  if (issue.edition === next.edition?.id) {
    own("issues").set(issue.id, issue);
    trail(own("trails"), issue);
  } else if (next.issues.has(issue.id)) {
    own("issues").delete(issue.id);
  }
}

/** @param {State} next @param {Own} own @param {Row} event */
function newest(next, own, { type, data, subject, time }) {
  if (type === "presence") own("presence").set(subject, data);
  if (type !== "ingest.progress") return;
  const before = next.progress.get(subject);
  const from = before && before.run_id === data.progress.run_id ? before.from : { time, read: data.progress.read };
  own("progress").set(subject, { ...data.progress, from, time });
}

/** @param {State} next @param {Row} edition */
function rolledOver(next, edition) {
  if (edition.id !== next.edition?.id) { // else it only lasts longer
    const kept = [...next.briefs.values()].filter((row) => belongs(row, edition.id));
    Object.assign(next, { issues: new Map(), briefs: byId(kept), exports: [], trails: new Map() });
  }
  next.edition = edition;
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

/** @param {Row[]} rows @param {Row} row */
const others = (rows, row) => rows.filter(({ id }) => id !== row.id);

/**
 * The one store. `changed` is called after each action; `isPatient` when only events brought it.
 * @param {(isPatient: boolean) => void} changed
 */
export function createStore(changed) {
  let state = empty();
  /** @type {Action[]} */ let waiting = [];
  function settled() {
    const actions = waiting;
    waiting = [];
    if (actions.length) state = reduce(state, { type: "together", actions });
    return state;
  }
  return {
    get state() { return settled(); },
    /** @param {Action} action */
    send(action) {
      state = reduce(settled(), action);
      changed(false);
    },
    /** Events wait for each other until somebody looks; nobody looks at a page behind others. @param {Action} action */
    hear(action) {
      if (waiting.push(action) >= AT_MOST) settled();
      changed(true);
    },
  };
}
