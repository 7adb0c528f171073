// What was made from the same things is not made again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./loading.mjs";

const { last, ofRow } = await load("core/memo.js");

test("the last answer is given again while every argument is the same", () => {
  let made = 0;
  const sum = last((a, b) => { made += 1; return a + b; });

  assert.deepEqual([sum(1, 2), sum(1, 2), sum(1, 3)], [3, 3, 4]);
  assert.equal(made, 2);
});

test("each row has an answer of its own, made anew when the row is another", () => {
  const shown = ofRow((row, name) => ({ text: `${name} ${row.score}` }));
  const [a, b] = [{ score: 1 }, { score: 2 }];
  const first = shown(a, "A");

  assert.notEqual(shown(b, "A").text, first.text);
  assert.equal(shown(a, "A"), first);
  assert.notEqual(shown(a, "B"), first);
  assert.notEqual(shown({ ...a }, "A"), first);
});
