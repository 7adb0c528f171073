// The reducer: a snapshot and whole rows, as engine/log/fold.py.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./loading.mjs";

const { createStore, empty, reduce } = await load("core/store.js");
const { sentence } = await load("core/words.js");

const EDITION = { id: "2026-03-02", opens_at: "2026-03-02T00:00:00Z", closes_at: "2026-03-03T00:00:00Z" };
const issue = (id, change = {}) => ({ id, title: id, edition: EDITION.id, score: 0.5, quadrant: "Risk", ...change });
const brief = (id, change = {}) => ({ id, edition: EDITION.id, state: "draft", signoffs: [], ...change });

let seq = 0;
const event = (type, data, topic = type.split(".")[0]) => ({
  type: "event",
  event: { id: `e1-${seq += 1}`, type, topic, subject: "", time: `2026-03-02T07:00:${String(seq % 60).padStart(2, "0")}Z`, data },
});
const begun = (data = {}) => reduce(empty(), { type: "snapshot", data: { edition: EDITION, issues: [], briefs: [], sources: [], ...data } });
const after = (state, ...actions) => actions.reduce(reduce, state);

test("an event replaces the whole row", () => {
  const state = after(begun({ issues: [issue("a", { needs_review: true })] }), event("issue.updated", { issue: issue("a", { score: 0.9 }) }));

  assert.deepEqual(state.issues.get("a"), issue("a", { score: 0.9 }));
});

test("an event that comes twice changes nothing the second time", () => {
  const once = event("export.created", { brief: brief("a"), export: { id: "x1", brief_id: "a" } });
  const state = after(begun(), once, once);

  assert.deepEqual([state.exports.length, state.feed.length], [1, 1]);
});

test("no state is changed in place", () => {
  const before = begun({ issues: [issue("a")] });
  after(before, event("issue.added", { issue: issue("b") }), event("brief.written", { brief: brief("b") }));

  assert.deepEqual([[...before.issues.keys()], before.briefs.size, before.feed.length], [["a"], 0, 0]);
});

test("events that are taken over together leave what they leave one after another", () => {
  const events = [event("issue.added", { issue: issue("a") }), event("issue.updated", { issue: issue("a", { score: 0.9 }) }),
    event("brief.written", { brief: brief("a") }), event("edition.opened", { edition: { ...EDITION, id: "2026-03-03" } }),
    event("issue.added", { issue: issue("b", { edition: "2026-03-03" }) })];
  const before = begun({ issues: [issue("old")] });
  const together = reduce(before, { type: "together", actions: events });

  assert.deepEqual({ ...together, changes: null }, { ...after(before, ...events), changes: null });
  assert.deepEqual([[...before.issues.keys()], before.briefs.size], [["old"], 0]);
});

test("what was heard is known to whoever looks, and in its order", () => {
  const store = createStore(() => {});
  store.send({ type: "snapshot", data: { edition: EDITION } });
  store.hear(event("issue.added", { issue: issue("a") }));
  store.hear(event("issue.updated", { issue: issue("a", { score: 0.9 }) }));
  store.send({ type: "notice", notice: null });

  assert.equal(store.state.issues.get("a").score, 0.9);
});

test("an issue of another edition is left out", () => {
  const state = after(begun(), event("issue.updated", { issue: issue("old", { edition: "2026-02-27" }) }));

  assert.equal(state.issues.size, 0);
});

test("an issue that was merged away leaves the list and says where it went", () => {
  const gone = issue("b", { edition: "", merged_into: "a" });
  const state = after(begun({ issues: [issue("a"), issue("b")] }), event("issue.merged", { issue: issue("a", { score: 0.8 }), merged: gone, by: "Ana" }));

  assert.deepEqual([[...state.issues.keys()], state.issues.get("a").score, state.joined.get("b")], [["a"], 0.8, "a"]);
});

test("a split puts both issues on the list", () => {
  const state = after(begun({ issues: [issue("a")] }), event("issue.split", { issue: issue("a", { score: 0.4 }), other: issue("a-2"), by: "Ana" }));

  assert.deepEqual([...state.issues.keys()].sort(), ["a", "a-2"]);
});

test("a new edition keeps the briefs that people work on", () => {
  const state = after(begun({ issues: [issue("a")], briefs: [brief("a"), brief("b", { state: "in_review" })] }),
    event("edition.opened", { edition: { ...EDITION, id: "2026-03-03" } }));

  assert.deepEqual([state.issues.size, [...state.briefs.keys()]], [0, ["b"]]);
});

test("an edition that lasts longer keeps everything", () => {
  const state = after(begun({ issues: [issue("a")] }), event("edition.opened", { edition: { ...EDITION, closes_at: "2026-03-04T00:00:00Z" } }));

  assert.deepEqual([state.issues.size, state.edition.closes_at], [1, "2026-03-04T00:00:00Z"]);
});

test("a snapshot forgets what was known before", () => {
  const state = after(begun({ issues: [issue("a")], briefs: [brief("a")] }), { type: "snapshot", data: { edition: EDITION, issues: [issue("b")], briefs: [] } });

  assert.deepEqual([[...state.issues.keys()], state.briefs.size], [["b"], 0]);
});

test("an event that was erased changes nothing but the feed", () => {
  const before = begun({ issues: [issue("a")], config: { timezone: "UTC" } });
  const state = after(before, event("config.changed", { erased: true }), event("issue.updated", { erased: true }));

  assert.deepEqual([state.config, state.issues, state.feed.length], [before.config, before.issues, 2]);
  assert.equal(sentence(state.feed[0]), "Erased");
});

test("a redacted package takes the place of its row", () => {
  const made = event("export.created", { brief: brief("a"), export: { id: "x1", by: "Ann" } });
  const state = after(begun(), made, event("export.redacted", { export: { id: "x1", by: "" } }));

  assert.deepEqual(state.exports, [{ id: "x1", by: "" }]);
});

test("an id that is a word of the language is only an id", () => {
  const state = after(begun(), event("issue.added", { issue: issue("constructor") }));

  assert.equal(state.issues.get("constructor").title, "constructor");
  assert.equal(state.briefs.get("constructor"), undefined);
});

test("the trail of a score has a step for each change, and a bound", () => {
  let state = begun({ issues: [issue("a", { score: 0 })] });
  for (let n = 1; n <= 40; n += 1) state = after(state, event("issue.updated", { issue: issue("a", { score: n / 100 }) }), event("issue.updated", { issue: issue("a", { score: n / 100 }) }));

  assert.deepEqual([state.trails.get("a").length, state.trails.get("a").at(-1)], [24, 0.4]);
});

test("the feed is bounded and newest first", () => {
  let state = begun();
  for (let n = 0; n < 250; n += 1) state = after(state, event("issue.added", { issue: issue(`i${n}`) }));

  assert.deepEqual([state.feed.length, state.feed[0].data.issue.id], [200, "i249"]);
});

test("earlier events join the feed behind the newer ones, none twice", () => {
  const [first, second] = [event("issue.added", { issue: issue("a") }), event("issue.added", { issue: issue("b") })];
  const state = after(begun(), second, { type: "earlier", events: [first.event, second.event] });

  assert.deepEqual(state.feed.map(({ data }) => data.issue.id), ["b", "a"]);
});

test("progress remembers where it began, so that there is a rate, until the run ends", () => {
  const progress = (read, time) => ({ type: "latest", event: { type: "ingest.progress", subject: "s", time, data: { progress: { run_id: "r", source_id: "s", read } } } });
  const during = after(begun(), progress(10, "2026-03-02T07:00:00Z"), progress(40, "2026-03-02T07:00:03Z"));
  const done = after(during, event("ingest.finished", { run: { id: "r" }, sources: [{ source: { id: "s" }, health: {} }] }));

  assert.deepEqual(during.progress.get("s").from, { time: "2026-03-02T07:00:00Z", read: 10 });
  assert.deepEqual([done.progress.size, done.sources.has("s")], [0, true]);
});
