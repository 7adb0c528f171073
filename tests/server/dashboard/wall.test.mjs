// What may hang on a wall.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./loading.mjs";

const { asOf, released } = await load("core/wall.js");

const brief = (id, change = {}) => ({ id, priority: "high", state: "released", gate_open: true, as_of: "2026-03-02T07:05:00Z", ...change });
const desk = (...briefs) => ({ briefs: new Map(briefs.map((one) => [one.id, one])), issues: new Map() });

test("only what was released shows", () => {
  const shown = released(desk(brief("a"), brief("b", { state: "in_review", gate_open: false }), brief("c", { state: "draft", gate_open: false })));

  assert.deepEqual(shown.map(({ id }) => id), ["a"]);
});

test("a text that was signed and has not left does not show", () => {
  assert.deepEqual(released(desk(brief("a", { state: "in_review" }))), []);
});

test("five show, the most urgent first", () => {
  const six = ["a", "b", "c", "d", "e"].map((id) => brief(id));

  const shown = released(desk(...six, brief("f", { priority: "critical" })));

  assert.deepEqual(shown.map(({ id }) => id), ["f", "a", "b", "c", "d"]);
});

test("as of is the newest of what shows", () => {
  assert.equal(asOf([brief("a"), brief("b", { as_of: "2026-03-02T08:00:00Z" })]), "2026-03-02T08:00:00Z");
});
