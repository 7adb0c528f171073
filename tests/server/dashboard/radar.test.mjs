// Where the dots of the radar stand.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./loading.mjs";

const { dots, SHOWN } = await load("core/radar.js");
const { ranked } = await load("core/ranking.js");
const QUADRANTS = ["Policy", "Industry", "Risk", "Advocacy"];
const issue = (n, change = {}) => ({ id: `issue-${n}`, quadrant: QUADRANTS[n % 4], score: 0.3, item_count: 2, ...change });

test("a higher score stands nearer to the middle", () => {
  const [high, low] = dots([issue(1, { score: 0.9 }), issue(1, { id: "other", score: 0.2 })], QUADRANTS);

  assert.ok(Math.hypot(high.x, high.y) < Math.hypot(low.x, low.y));
});

test("every dot stands in the sector of its quadrant", () => {
  for (const { issue: { quadrant }, x, y } of dots(Array.from({ length: 40 }, (_, n) => issue(n)), QUADRANTS)) {
    const found = { Policy: x > 0 && y < 0, Industry: x > 0 && y > 0, Risk: x < 0 && y > 0, Advocacy: x < 0 && y < 0 };
    assert.ok(found[quadrant], `${quadrant} at ${x} ${y}`);
  }
});

test("where there is room no two dots cover each other", () => {
  const placed = dots(Array.from({ length: 12 }, (_, n) => issue(n)), QUADRANTS);

  for (const a of placed) for (const b of placed) if (a !== b) assert.ok(Math.hypot(a.x - b.x, a.y - b.y) > Math.max(a.r, b.r));
});

test("a dot alone stays where it is when others elsewhere come", () => {
  const [alone] = dots([issue(2, { score: 0.8 })], QUADRANTS);
  const again = dots([issue(2, { score: 0.8 }), issue(0), issue(1)], QUADRANTS).find((dot) => dot.issue.id === "issue-2");

  assert.deepEqual([again.x, again.y], [alone.x, alone.y]);
});

test("of thousands the strongest are shown", () => {
  const all = Array.from({ length: 5000 }, (_, n) => issue(n, { score: n / 5000 }));
  const placed = dots(ranked(new Map(all.map((one) => [one.id, one]))), QUADRANTS);

  assert.equal(placed.length, SHOWN);
  assert.ok(placed.every(({ issue: { score } }) => score >= (5000 - SHOWN) / 5000));
});
