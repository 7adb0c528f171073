// @ts-check
/**
 * Follow a Wireroom desk from a browser: every event once and in order, through disconnections.
 *
 *     import { follow } from "/client.js";
 *     const follower = follow({ topics: ["issue"], onSnapshot, onEvent, onState });
 *
 * A module without dependencies. It speaks docs/reference/protocol.md over one WebSocket, comes
 * back as the close code says, resumes from the last cursor it saw, and drops what comes twice.
 * A snapshot means: forget what you knew, this is the state now.
 *
 * @typedef {"connecting" | "catching up" | "live" | "offline" | "refused" | "closed"} State
 *   offline: lost, and coming back; refused: the server will not have us, `restart()` tries anew.
 *
 * @typedef {object} Event One CloudEvents object. A latest-value event's `id` starts with `~`.
 * @property {string} id
 * @property {string} type
 * @property {string} subject
 * @property {string} time
 * @property {string} topic
 * @property {any} data
 *
 * @typedef {object} Snapshot The state at cursor `at`; `recovered` when it was asked for beside
 *   events that were caught up: those up to `at` are in it already.
 * @property {string} at
 * @property {any} data
 * @property {boolean} recovered
 *
 * @typedef {object} Refusal
 * @property {string} code stable, for machines
 * @property {string} message one sentence, for people
 *
 * @typedef {object} Where
 * @property {string[]} [quadrant]
 * @property {number} [min_score]
 * @property {string[]} [subject]
 *
 * @typedef {object} Options
 * @property {string[]} topics
 * @property {string | URL} [url] the desk's address; that of the page if left out
 * @property {Where} [where] narrows, as in the protocol
 * @property {string} [since] resume after this cursor
 * @property {boolean} [snapshot] true opens with one even when resuming, false without one
 * @property {() => string | Promise<string>} [token] asked for when the server wants one; a page
 *   with a session needs none
 * @property {(event: Event) => void} [onEvent]
 * @property {(event: Event) => void} [onLatest] latest-value events; `onEvent` if left out
 * @property {(snapshot: Snapshot) => void} [onSnapshot]
 * @property {(state: State, since: number, detail: Detail) => void} [onState] `since` in
 *   milliseconds of the epoch
 * @property {(refusal: Refusal) => void} [onRefused]
 * @property {Partial<Runtime>} [runtime] for tests, and for where there is no global WebSocket
 *
 * @typedef {object} Detail
 * @property {number} [waitMs] offline: how long until the next attempt
 * @property {number} [code] offline, refused: the close code, 1006 for a lost line
 *
 * @typedef {object} Runtime
 * @property {new (url: string, protocol: string) => WebSocket} WebSocket
 * @property {(act: () => void, ms: number) => any} setTimeout
 * @property {(timer: any) => void} clearTimeout
 * @property {() => number} random 0 to 1
 * @property {() => number} now milliseconds of the epoch
 */

const SUBPROTOCOL = "wireroom.v1.json";

/** Close codes by what to do next; any other means "with back-off". */
export const AT_ONCE = new Set([1012, 4410]);
export const NEVER = new Set([1000, 1002, 1003, 1007, 1009, 4400, 4401, 4403, 4409]);

const LOST = 1006;
const AT_ONCE_MS = 100;
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;
/** A connection that held this long starts the back-off anew. */
const STABLE_AFTER_MS = 10_000;
const IN_VAIN = { code: "closed", message: "The server closed the connection for good." };

/**
 * Begin to follow at once.
 * @param {Options} options
 */
export function follow(options) {
  return new Follower(options);
}

/** @param {Event} event */
export const isLatest = (event) => event.id.startsWith("~");

export class Follower {
  /** @type {Options} */ #options;
  /** @type {Runtime} */ #runtime;
  /** @type {State} */ #state = "connecting";
  #since;
  /** @type {string | undefined} */ #cursor;
  #hasFollowed = false;
  #reconnects = 0;
  #delay = FIRST_DELAY_MS;
  /** @type {Connection | undefined} */ #connection;
  /** @type {any} */ #timer;
  #networkIsBack = () => {
    if (this.#state !== "offline" || this.#connection) return;
    this.#runtime.clearTimeout(this.#timer);
    this.#connect();
  };

  /** @param {Options} options */
  constructor(options) {
    this.#options = options;
    this.#runtime = {
      WebSocket: globalThis.WebSocket,
      setTimeout: (act, ms) => setTimeout(act, ms),
      clearTimeout: (timer) => clearTimeout(timer),
      random: Math.random,
      now: Date.now,
      ...options.runtime,
    };
    this.#cursor = options.since;
    this.#since = this.#runtime.now();
    this.restart();
  }

  get state() { return this.#state; }

  /** Since when the state holds, in milliseconds of the epoch. */
  get since() { return this.#since; }

  /** Where to resume after everything that was handed out so far. */
  get cursor() { return this.#cursor; }

  get reconnects() { return this.#reconnects; }

  /** Tell others which brief is looked at here, or edited; an empty subject means none.
   * @param {string} subject @param {boolean} [editing] */
  viewing(subject, editing = false) { this.#connection?.viewing(subject, editing); }

  /** Connect anew now: after signing in, or because somebody asked. */
  restart() {
    this.#leave();
    this.#delay = FIRST_DELAY_MS;
    globalThis.addEventListener?.("online", this.#networkIsBack);
    this.#become("connecting");
    this.#connect();
  }

  /** Stop for good. */
  close() {
    globalThis.removeEventListener?.("online", this.#networkIsBack);
    this.#leave();
    this.#become("closed");
  }

  #leave() {
    this.#runtime.clearTimeout(this.#timer);
    this.#connection?.leave();
    this.#connection = undefined;
  }

  #connect() {
    const isFirst = !this.#hasFollowed;
    this.#connection = new Connection(this.#options, this.#runtime, isFirst, {
      cursor: () => this.#cursor,
      moveTo: (cursor) => { this.#cursor = cursor; },
      opened: () => { this.#hasFollowed = true; },
      become: (state) => this.#become(state),
      ended: (ended) => this.#ended(ended),
    });
  }

  /** @param {Ended} ended */
  #ended(ended) {
    this.#connection = undefined;
    if (ended.refusal ?? NEVER.has(ended.code)) {
      this.#become("refused", { code: ended.code });
      this.#options.onRefused?.(ended.refusal ?? ended.error ?? IN_VAIN);
      return;
    }
    this.#reconnects += 1;
    const waitMs = this.#pause(ended);
    this.#timer = this.#runtime.setTimeout(() => this.#connect(), waitMs);
    this.#become("offline", { waitMs, code: ended.code });
  }

  /** @param {Ended} ended */
  #pause({ code, goodbye, wasFollowing, heldMs }) {
    if (heldMs >= STABLE_AFTER_MS) this.#delay = FIRST_DELAY_MS;
    if (goodbye) return this.#between(...goodbye);
    // A server that turns everybody away at once must not be asked ten times a second.
    if (AT_ONCE.has(code) && wasFollowing) return this.#between(0, AT_ONCE_MS);
    const delay = this.#delay;
    this.#delay = Math.min(LONGEST_DELAY_MS, delay * 2);
    return this.#between(delay / 2, delay);
  }

  /** @param {number} low @param {number} high */
  #between(low, high) { return low + this.#runtime.random() * (high - low); }

  /** @param {State} state @param {Detail} [detail] */
  #become(state, detail = {}) {
    if (state !== this.#state) this.#since = this.#runtime.now();
    this.#state = state;
    this.#options.onState?.(state, this.#since, detail);
  }
}

/**
 * @typedef {object} Ended How a connection ended, and what it was told.
 * @property {number} code
 * @property {number} heldMs
 * @property {boolean} wasFollowing
 * @property {[number, number]} [goodbye] least and most milliseconds to stay away
 * @property {Refusal} [refusal] what another attempt would meet again
 * @property {Refusal} [error] the last error that was answered
 *
 * @typedef {object} Owner
 * @property {() => string | undefined} cursor
 * @property {(cursor: string) => void} moveTo
 * @property {() => void} opened what was wished for the beginning has been had
 * @property {(state: State) => void} become
 * @property {(ended: Ended) => void} ended
 */

/** One WebSocket, from its handshake to its end. */
class Connection {
  #id = 0;
  #wasFollowing = false;
  #recovered = false;
  #hasEnded = false;
  /** @type {[number, number] | undefined} */ #goodbye;
  /** @type {Refusal | undefined} */ #error;
  /** The cursor from which on this connection is up to date. @type {string | undefined} */ #head;
  #patienceMs = LONGEST_DELAY_MS;
  /** @type {any} */ #silence;

  /**
   * @param {Options} options
   * @param {Runtime} runtime
   * @param {boolean} isFirst whether the wish for a snapshot is still open
   * @param {Owner} owner
   */
  constructor(options, runtime, isFirst, owner) {
    this.options = options;
    this.runtime = runtime;
    this.isFirst = isFirst;
    this.owner = owner;
    this.openedAt = runtime.now();
    this.socket = new runtime.WebSocket(address(options.url), SUBPROTOCOL);
    this.socket.onmessage = ({ data }) => { this.#heard(); this.#receive(JSON.parse(data)); };
    this.socket.onclose = ({ code }) => this.#end(code);
    // An error is a line lost; not every runtime lets a close follow a failed handshake.
    this.socket.onerror = () => this.#end(LOST);
    this.#heard();
  }

  /** @param {string} subject @param {boolean} editing */
  viewing(subject, editing) {
    if (this.#wasFollowing) this.#send({ op: "viewing", subject, ...(editing && { editing }) });
  }

  /** Let go without a word to the owner. */
  leave() {
    this.#hasEnded = true;
    this.runtime.clearTimeout(this.#silence);
    this.socket.onmessage = this.socket.onclose = this.socket.onerror = null;
    this.socket.close();
  }

  /** Something comes every heartbeat; two without a sound mean a dead line. */
  #heard() {
    this.runtime.clearTimeout(this.#silence);
    this.#silence = this.runtime.setTimeout(() => this.#end(LOST), this.#patienceMs);
  }

  /** @param {number} code @param {Refusal} [refusal] */
  #end(code, refusal) {
    if (this.#hasEnded) return;
    // A dead line may take minutes to say that it closed: nothing of it is waited for.
    this.leave();
    const heldMs = this.runtime.now() - this.openedAt;
    const told = { goodbye: this.#goodbye, refusal, error: this.#error };
    this.owner.ended({ code, heldMs, wasFollowing: this.#wasFollowing, ...told });
  }

  /** @param {object} message */
  #send(message) {
    this.#id += 1;
    this.socket.send(JSON.stringify({ id: this.#id, ...message }));
  }

  /** @param {any} message */
  #receive(message) {
    switch (message.op) {
      case undefined: return this.#happened(message);
      case "hello": return this.#greet(message);
      case "ok": return this.#wasFollowing ? undefined : this.#subscribe();
      case "subscribed": return this.#begin(message);
      case "snapshot": return this.#take(message);
      case "position": return this.#reached(message.at);
      case "goodbye": this.#goodbye = message.reconnect_ms; return undefined;
      case "error": return this.#refused(message);
      default: return undefined; // of a later version
    }
  }

  /** @param {{auth: string, heartbeat_s: number}} hello */
  #greet(hello) {
    this.#patienceMs = 2_000 * hello.heartbeat_s;
    this.#heard();
    if (hello.auth === "ok") return this.#subscribe();
    const { token } = this.options;
    const wanted = { code: "not_authenticated", message: "The server asks for a token." };
    if (!token) return this.#end(1000, wanted);
    Promise.resolve(token()).then(
      (secret) => { if (!this.#hasEnded) this.#send({ op: "auth", token: secret }); },
      () => this.#end(1000, wanted),
    );
    return undefined;
  }

  #subscribe() {
    const { topics, where, snapshot } = this.options;
    const since = this.owner.cursor();
    this.#send({
      op: "subscribe",
      topics,
      ...(where && { where }),
      ...(since !== undefined && { since }),
      ...(snapshot !== undefined && this.isFirst && { snapshot }),
    });
  }

  /** @param {{from: string, head: string, was_recovering: boolean, recovered: boolean}} subscribed */
  #begin({ from, head, was_recovering: wasRecovering, recovered }) {
    const forgoesSnapshot = this.options.snapshot === false && this.isFirst && !wasRecovering;
    this.#wasFollowing = true;
    this.#recovered = recovered;
    this.#head = head;
    if (forgoesSnapshot) this.owner.moveTo(from);
    if (this.options.snapshot !== true) this.owner.opened();
    this.owner.become("catching up");
    if (recovered || forgoesSnapshot) this.#isAt(from);
  }

  /** @param {{at: string, data: any}} message */
  #take({ at, data }) {
    // Only now: a connection lost before its snapshot must not resume behind it.
    if (!this.#recovered) this.owner.moveTo(at);
    this.owner.opened();
    this.options.onSnapshot?.({ at, data, recovered: this.#recovered });
    if (!this.#recovered) this.#isAt(at);
  }

  /** @param {Event} event */
  #happened(event) {
    if (isLatest(event)) {
      (this.options.onLatest ?? this.options.onEvent)?.(event);
      return;
    }
    if (!this.#movesTo(event.id)) return; // had before
    this.options.onEvent?.(event);
    this.#isAt(event.id);
  }

  /** @param {string} at */
  #reached(at) {
    this.#movesTo(at);
    this.#isAt(at);
  }

  /** @param {string} cursor */
  #movesTo(cursor) {
    const moves = !isAtOrBefore(cursor, this.owner.cursor());
    if (moves) this.owner.moveTo(cursor);
    return moves;
  }

  /** A callback may have closed the follower just before. @param {string} cursor */
  #isAt(cursor) {
    if (this.#hasEnded || this.#head === undefined || !isAtOrBefore(this.#head, cursor)) return;
    this.#head = undefined;
    this.owner.become("live");
  }

  /** @param {{id: number | null, code: string, message: string}} error */
  #refused({ id, code, message }) {
    this.#error = { code, message };
    if (!this.#wasFollowing && id !== null) this.#end(1000, this.#error);
  }
}

/** @param {string | URL} [url] */
function address(url) {
  const page = globalThis.location?.href;
  const whole = new URL("/ws", url === undefined ? page : new URL(url, page));
  whole.protocol = whole.protocol.replace("http", "ws");
  return whole.href;
}

/**
 * Whether the cursor is of the same epoch as the other and not after it. Numbers of this size
 * (up to 2^63) need BigInt.
 * @param {string} cursor @param {string} [other]
 */
function isAtOrBefore(cursor, other) {
  if (other === undefined) return false;
  const [epoch, seq] = parts(cursor);
  const [hadEpoch, had] = parts(other);
  return epoch === hadEpoch && seq !== undefined && had !== undefined && seq <= had;
}

/** @param {string} cursor @returns {[string, bigint | undefined]} */
function parts(cursor) {
  const [, epoch = cursor, digits] = /^(.+)-(\d{1,19})$/.exec(cursor) ?? [];
  return [epoch, digits === undefined ? undefined : BigInt(digits)];
}
