// What happened before the page was opened: read to the position of the desk, and not waited for.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./loading.mjs";

const { earlier } = await load("core/earlier.js");

const event = (/** @type {number} */ at) => `id: e1-${at}\ndata: {"id":"e1-${at}","topic":"issue"}\n\n`;

/** A stream that stays open, as the desk's does. @param {string} text */
function says(text) {
  globalThis.fetch = async (_, { signal }) => new Response(new ReadableStream({
    start(line) {
      line.enqueue(new TextEncoder().encode(text));
      signal.addEventListener("abort", () => line.error(signal.reason));
    },
  }));
}

const ids = async (/** @type {string} */ at) => (await earlier(at)).map(({ id }) => id);

test("the events up to the cursor are read and no later ones", { timeout: 2_000 }, async () => {
  says(event(7) + event(8) + event(9));

  assert.deepEqual(await ids("e1-8"), ["e1-7", "e1-8"]);
});

test("a last event that is not for the feed, such as a sign-in, is not waited for", { timeout: 2_000 }, async () => {
  says(`${event(7)}: position\nid: e1-8\n\n`);

  assert.deepEqual(await ids("e1-8"), ["e1-7"]);
});

test("before a desk has done anything nothing is asked", async () => {
  says("");

  assert.deepEqual(await ids("e1-0"), []);
});
