// @ts-check
/** Where the news comes from: health in words, progress as it happens, and what can be done. */
import { h } from "../core/dom.js";
import { may } from "../core/standing.js";
import { span, time } from "../core/times.js";
import { count } from "../core/words.js";

/** @typedef {Record<string, any>} Row */

const HEALTH = { reading: "Reading", new: "Not read yet", ok: "Works", failing: "Cannot be read", paused: "Paused" };

/** @param {Row} state @param {Row} acts */
export function sources(state, acts) {
  const all = [...state.sources.values()];
  const isReading = [...state.progress.values()].some(({ done }) => !done);
  return h("div", { class: "page" },
    h("header", { class: "head" }, h("h1", null, "Sources"),
      h("div", { class: "actions" },
        may(state, "ingest") && h("button", { type: "button", class: "primary", disabled: !all.length || isReading, onclick: () => acts.run() }, isReading ? "Reading…" : "Read all now"),
        may(state, "configure") && h("button", { type: "button", onclick: () => acts.dialog({ kind: "source" }) }, "Add a source"))),
    h("p", { class: "quiet" }, lastRun(state)),
    all.length ? h("ul", { class: "cards sources" }, all.map((row) => card(state, acts, row))) : nothing(state, acts));
}

/** @param {Row} state */
function lastRun(state) {
  const { lastRun: run } = state;
  if (!run) return "No run has finished yet.";
  return [`The last run read ${count(run.read, "entry", "entries")}: ${run.new} new, ${run.duplicates} repeated, ${run.rejected} rejected. It ended `, time(state, run.finished), "."];
}

/** @param {Row} state @param {Row} acts */
function nothing(state, acts) {
  return h("div", { class: "empty" }, h("p", null, "The desk has no sources yet."),
    may(state, "configure")
      ? h("button", { type: "button", class: "primary", onclick: () => acts.dialog({ kind: "source" }) }, "Add a source")
      : h("p", { class: "quiet" }, "An admin can add a feed here, or somebody sends items: wireroom ingest file.csv"));
}

/** @param {Row} state @param {Row} acts @param {Row} row */
function card(state, acts, { source, health }) {
  const now = state.progress.get(source.id);
  const kind = now && !now.done ? "reading" : source.paused ? "paused" : health.state === "new" && now ? "ok" : health.state;
  return h("li", { key: source.id, class: `card source h-${kind}` },
    h("div", { class: "head" }, h("h2", { dir: "auto", class: "clamp" }, source.title), h("span", { class: `health h-${kind}` }, HEALTH[/** @type {"ok"} */ (kind)] ?? kind)),
    h("p", { class: "quiet where", dir: "auto" }, `${source.kind} · ${source.location || "pushed"}`),
    health.error && h("p", { class: "problem", dir: "auto" }, health.error),
    now && progress(now),
    h("p", { class: "quiet" }, count(health.items || now?.new || 0, "item"), health.rejected > 0 && `, ${health.rejected} rejected`,
      health.last_success ? [" · read ", time(state, health.last_success)] : null,
      health.failures > 0 && ` · failed ${count(health.failures, "time")} in a row`),
    tools(state, acts, source));
}

/** @param {Row} now */
function progress(now) {
  const seconds = (Date.parse(now.time) - Date.parse(now.from.time)) / 1000;
  const rate = seconds > 0 ? (now.read - now.from.read) / seconds : 0;
  const left = now.total !== null && rate > 0 ? (now.total - now.read) / rate : null;
  return h("div", { class: "progress" },
    h("progress", { max: now.total ?? null, value: now.total === null ? null : now.read, "aria-label": "Read so far" }),
    h("small", null, `${now.read}${now.total === null ? "" : ` of ${now.total}`}`,
      now.done ? " · done" : [rate > 0 && ` · ${rate < 10 ? rate.toFixed(1) : Math.round(rate)} a second`, left !== null && left > 0 && ` · ${span(left)} left`]));
}

/** @param {Row} state @param {Row} acts @param {Row} source */
function tools(state, acts, source) {
  if (!may(state, "ingest") && !may(state, "configure")) return null;
  return h("div", { class: "actions" },
    may(state, "ingest") && source.kind !== "push" && [
      h("button", { key: "run", type: "button", class: "small", disabled: source.paused, onclick: () => acts.run(source.id) }, "Read now"),
      h("button", { key: "pause", type: "button", class: "small", onclick: () => acts.pause(source.id, !source.paused) }, source.paused ? "Go on" : "Pause")],
    may(state, "configure") && h("button", { key: "remove", type: "button", class: "small plain", onclick: () => acts.dialog({ kind: "remove", id: source.id }) }, "Remove"));
}

/** The dialog that adds one. @param {Row} state @param {Row} acts */
export function newSource(state, acts) {
  return { title: "Add a source", inside: h("form", { onsubmit: (/** @type {any} */ event) => {
    event.preventDefault();
    const { location, title } = event.target;
    acts.addSource({ location: location.value.trim(), ...(title.value.trim() && { title: title.value.trim() }) });
  } },
  h("label", null, "Address of the feed", h("input", { name: "location", required: true, inputmode: "url", placeholder: "https://…", spellcheck: "false" })),
  h("label", null, "Name, if you like", h("input", { name: "title", maxlength: "200", dir: "auto" })),
  h("div", { class: "actions" }, h("button", { type: "submit", class: "primary" }, "Add it"))) };
}

/** The dialog that removes one. @param {Row} state @param {Row} acts @param {Row} asked */
export function removal(state, acts, { id }) {
  const title = state.sources.get(id)?.source.title ?? id;
  return { title: "Remove this source?", inside: [
    h("p", null, h("b", { dir: "auto" }, title), " is not read any more. What it has published stays."),
    h("div", { class: "actions" }, h("button", { type: "button", class: "danger", onclick: () => acts.remove(id) }, "Remove it"),
      h("button", { type: "button", onclick: acts.close }, "Keep it"))] };
}
