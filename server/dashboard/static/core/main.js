// @ts-check
/** Starts the page: the store, the live channel that feeds it, the address bar, one drawing a frame. */
import { follow } from "/client.js";
import { draw } from "./dom.js";
import { createStore } from "./store.js";
import { createActs } from "./acts.js";
import { pressed } from "./keys.js";
import { place } from "./places.js";
import { app } from "../views/app.js";

const TOPICS = ["issue", "item", "brief", "review", "config", "export", "edition", "ingest", "presence"];
const root = /** @type {HTMLElement} */ (document.getElementById("app"));

/** How long a drawing stands when only events ask for the next: ten a second are easy to follow. */
const REST_MS = 100;
let frame = 0, timer = 0, drawnAt = -REST_MS;

function atOnce() {
  clearTimeout(timer);
  timer = 0;
  frame ||= requestAnimationFrame(show);
}

function soon() {
  if (frame || timer) return;
  const left = drawnAt + REST_MS - performance.now();
  if (left > 0) timer = setTimeout(atOnce, left);
  else atOnce();
}

function show() {
  frame = 0;
  drawnAt = performance.now();
  acts.readBodies(store.state);
  draw(root, app(store.state, acts));
  document.title = title();
}

function title() {
  const { ui, briefs, issues } = store.state;
  const open = ui.place === "brief" && (briefs.get(ui.id) ?? issues.get(ui.id));
  return open ? `${open.title} · Wireroom` : "Wireroom";
}

const store = createStore((isPatient) => (isPatient ? soon() : atOnce()));
const acts = createActs(store, {
  retry: () => follower.restart(),
  anew,
  viewing: (id, isEditing) => follower.viewing(id, isEditing),
});
let follower = begin();

function begin() {
  return follow({
    topics: TOPICS,
    onSnapshot: ({ at, data }) => { store.send({ type: "snapshot", data }); acts.readEarlier(at); },
    onEvent: (event) => store.hear({ type: "event", event }),
    onLatest: (event) => store.hear({ type: "latest", event }),
    onState: (state, since, { waitMs = 0 }) => {
      store.send({ type: "link", link: { state, since, waitMs } });
      if (state === "live") acts.lookAt(store.state.ui.id); // a new line does not know it
    },
    onRefused: (refusal) => store.send({ type: "refused", refusal }),
  });
}

/** Somebody else looks now: nothing that the last one could see is carried over. */
function anew() {
  follower.close();
  follower = begin();
}

const wantsNoMotion = matchMedia("(prefers-reduced-motion: reduce)");

function go() {
  const where = place(location.hash);
  const { place: before, id } = store.state.ui;
  store.send({ type: "ui", change: { ...where, proof: "", dialog: null } });
  acts.lookAt(where.id);
  if ((before !== where.place || id !== where.id) && store.state.isKnown) turn();
}

/** Draw another place as a transition, where there is such a thing and it is wanted. */
function turn() {
  if (!document.startViewTransition || wantsNoMotion.matches) return;
  cancelAnimationFrame(frame);
  const { ready, finished } = document.startViewTransition(show);
  for (const one of [ready, finished]) one.catch(() => {}); // overtaken by the next one
}

addEventListener("hashchange", go);
addEventListener("keydown", (event) => pressed(event, store.state, acts));
go();
acts.whoAmI();
