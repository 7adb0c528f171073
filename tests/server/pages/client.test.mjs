// client.js alone: a socket and a clock that do what the test says. Run by test_client_js.py.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

const SOURCE = new URL("../../../server/pages/static/client.js", import.meta.url);
// As a data: address it is a module to every Node, whatever package it thinks it is in.
const module = `data:text/javascript;base64,${(await readFile(SOURCE)).toString("base64")}`;
const { follow } = await import(module);

/** A desk that is played by the test, and the time that it says it is. */
class Desk {
  sockets = [];
  timers = new Map();
  now = 0;
  random = 0.5;
  #timer = 0;

  get runtime() {
    const desk = this;
    return {
      WebSocket: class {
        sent = [];
        isClosed = false;
        constructor(url, protocol) { Object.assign(this, { url, protocol }); desk.sockets.push(this); }
        send(text) { this.sent.push(JSON.parse(text)); }
        close() { this.isClosed = true; }
      },
      setTimeout: (act, ms) => { this.timers.set(this.#timer += 1, { act, at: this.now + ms }); return this.#timer; },
      clearTimeout: (timer) => this.timers.delete(timer),
      random: () => this.random,
      now: () => this.now,
    };
  }

  get socket() { return this.sockets.at(-1); }

  pass(ms) {
    this.now += ms;
    for (const [timer, { act, at }] of [...this.timers]) {
      if (at <= this.now && this.timers.delete(timer)) act();
    }
  }

  say(...messages) {
    for (const message of messages) this.socket.onmessage?.({ data: JSON.stringify(message) });
  }

  close(code) { this.socket.onclose?.({ code }); }

  hello(auth = "ok") { this.say({ op: "hello", auth, heartbeat_s: 25 }); }

  subscribed({ head = "e1-0", recovered = false, from = head } = {}) {
    const asked = this.socket.sent.findLast(({ op }) => op === "subscribe");
    this.say({ op: "subscribed", id: asked.id, from, head, recovered, was_recovering: "since" in asked });
  }

  open(at = "e1-0") {
    this.hello();
    this.subscribed({ head: at });
    this.say({ op: "snapshot", at, data: {} });
  }
}

function following(options = {}) {
  const desk = new Desk();
  const seen = { events: [], latest: [], snapshots: [], states: [], refusals: [] };
  const follower = follow({
    url: "https://desk.example/anywhere",
    topics: ["issue"],
    onEvent: ({ id }) => seen.events.push(id),
    onSnapshot: (snapshot) => seen.snapshots.push(snapshot),
    onState: (state, since, detail) => seen.states.push([state, since, detail]),
    onRefused: ({ code }) => seen.refusals.push(code),
    runtime: desk.runtime,
    ...options,
  });
  return { desk, follower, seen };
}

const event = (id) => ({ id, type: "issue.added", subject: "a", time: "", topic: "issue", data: {} });
const names = ({ states }) => states.map(([name]) => name);

test("it connects to the live channel of the address, and never with a query", () => {
  const { desk } = following();

  assert.equal(desk.socket.url, "wss://desk.example/ws");
  assert.equal(desk.socket.protocol, "wireroom.v1.json");
});

test("after a snapshot that is the head it is live", () => {
  const { desk, seen } = following();
  desk.open();

  assert.deepEqual(names(seen), ["connecting", "catching up", "live"]);
  assert.deepEqual(seen.snapshots, [{ at: "e1-0", data: {}, recovered: false }]);
});

test("it is catching up until it has come to where the head was", () => {
  const { desk, follower } = following({ since: "e1-3" });
  desk.hello();
  desk.subscribed({ head: "e1-5", from: "e1-3", recovered: true });

  desk.say(event("e1-4"));
  const before = follower.state;
  desk.say(event("e1-5"));

  assert.deepEqual([before, follower.state], ["catching up", "live"]);
});

test("a position ends catching up where a narrow filter shows no event", () => {
  const { desk, follower } = following({ since: "e1-3" });
  desk.hello();
  desk.subscribed({ head: "e1-5", from: "e1-3", recovered: true });

  desk.say({ op: "position", at: "e1-5" });

  assert.deepEqual([follower.state, follower.cursor], ["live", "e1-5"]);
});

test("it is offline since the line was lost, however often it tries", () => {
  const { desk, follower, seen } = following();
  desk.open();
  desk.pass(60_000);
  desk.close(1006);
  for (const wait of [375, 750, 1500]) { desk.pass(wait); desk.close(1006); }

  assert.deepEqual([follower.state, follower.since], ["offline", 60_000]);
  assert.deepEqual(seen.states.slice(3).map(([, , { waitMs }]) => waitMs), [375, 750, 1500, 3000]);
});

test("the wait grows to half a minute and starts anew after a connection that held", () => {
  const { desk, seen } = following();
  for (let n = 0; n < 9; n += 1) { desk.close(1006); desk.pass(30_000); }
  desk.open();
  desk.pass(10_000);
  desk.close(1006);

  const waits = seen.states.map(([, , { waitMs }]) => waitMs).filter(Boolean);
  assert.equal(Math.max(...waits), 22_500);
  assert.equal(waits.at(-1), 375);
});

test("goodbye says between which times to come back", () => {
  const { desk, seen } = following();
  desk.open();
  desk.random = 0.25;
  desk.say({ op: "goodbye", reconnect_ms: [1000, 3000] });
  desk.close(1012);

  assert.deepEqual(seen.states.at(-1), ["offline", 0, { waitMs: 1500, code: 1012 }]);
});

test("a refused follower stays away until it is asked to start again", () => {
  const { desk, follower, seen } = following();
  desk.open();
  desk.close(4401);
  desk.pass(3_600_000);
  const before = [desk.sockets.length, follower.state];
  follower.restart();
  desk.hello();

  assert.deepEqual(before, [1, "refused"]);
  assert.deepEqual(seen.refusals, ["closed"]);
  assert.equal(desk.socket.sent[0].since, "e1-0");
});

test("without a token it does not wait to be thrown out", () => {
  const { desk, seen } = following();
  desk.hello("required");

  assert.deepEqual(seen.refusals, ["not_authenticated"]);
  assert.ok(desk.socket.isClosed);
});

test("a token that cannot be had is a refusal", async () => {
  const { desk, seen } = following({ token: () => Promise.reject(new Error("no")) });
  desk.hello("required");
  await new Promise(setImmediate);

  assert.deepEqual(seen.refusals, ["not_authenticated"]);
});

test("a token is sent first and the subscription after its answer", async () => {
  const { desk } = following({ token: async () => "wr_x" });
  desk.hello("required");
  await new Promise(setImmediate);
  desk.say({ op: "ok", id: 1 });

  assert.deepEqual(desk.socket.sent.map(({ op, id }) => [op, id]), [["auth", 1], ["subscribe", 2]]);
});

test("latest values have a place of their own, and are no cursor", () => {
  const latest = [];
  const { desk, follower, seen } = following({ onLatest: ({ id }) => latest.push(id) });
  desk.open();
  desk.say(event("~b-1"), event("e1-1"));

  assert.deepEqual([latest, seen.events, follower.cursor], [["~b-1"], ["e1-1"], "e1-1"]);
});

test("the wish for no snapshot holds until it was met, and is not repeated after", () => {
  const { desk, follower } = following({ snapshot: false });
  desk.close(1006);
  desk.pass(500);
  desk.hello();
  desk.subscribed({ head: "e1-9" });
  const [first, state] = [desk.socket.sent[0], follower.state];
  desk.close(4410);
  desk.pass(100);
  desk.hello();

  assert.deepEqual([first.snapshot, state], [false, "live"]);
  assert.deepEqual([desk.socket.sent[0].since, desk.socket.sent[0].snapshot], ["e1-9", undefined]);
});

test("a wished snapshot that did not come is wished for again", () => {
  const { desk, seen } = following({ since: "e1-3", snapshot: true });
  desk.hello();
  desk.subscribed({ head: "e1-5", from: "e1-3", recovered: true });
  desk.close(4410);
  desk.pass(100);
  desk.hello();
  desk.subscribed({ head: "e1-5", from: "e1-3", recovered: true });
  desk.say({ op: "snapshot", at: "e1-5", data: {} }, event("e1-4"), event("e1-5"));

  assert.equal(desk.socket.sent[0].snapshot, true);
  assert.equal(seen.snapshots[0].recovered, true);
  assert.deepEqual(seen.events, ["e1-4", "e1-5"]);
});

test("two heartbeats of silence are a lost line, and the dead socket is not waited for", () => {
  const { desk, follower } = following();
  desk.open();
  desk.pass(49_999);
  const before = follower.state;
  desk.pass(1);

  assert.deepEqual([before, follower.state], ["live", "offline"]);
  assert.ok(desk.sockets[0].isClosed);
});

test("a closed follower hears nothing and comes back to nothing", () => {
  const { desk, follower, seen } = following();
  desk.open();
  follower.close();
  desk.say(event("e1-1"));
  desk.close(1006);
  desk.pass(60_000);

  assert.deepEqual([seen.events, follower.state, desk.sockets.length, desk.timers.size], [[], "closed", 1, 0]);
});

test("closing from within a callback is the last word", () => {
  const { desk, follower } = following({ onSnapshot: () => follower.close() });
  desk.open();

  assert.equal(follower.state, "closed");
});

test("viewing is told with a growing id", () => {
  const { desk, follower } = following();
  desk.open();
  follower.viewing("harbour-levy");

  assert.deepEqual(desk.socket.sent[1], { op: "viewing", id: 2, subject: "harbour-levy" });
});
