// @ts-check
/** Times in the desk's zone, short; the whole moment is always one hover away. Pure. */
import { h } from "./dom.js";

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/** @param {string} zone @param {Intl.DateTimeFormatOptions} options */
function format(zone, options) {
  const key = zone + JSON.stringify(options);
  let made = formats.get(key);
  if (!made) {
    const all = { ...options, timeZone: zone, hourCycle: /** @type {"h23"} */ ("h23") };
    try { made = new Intl.DateTimeFormat("en-GB", all); }
    catch { made = new Intl.DateTimeFormat("en-GB", { ...all, timeZone: "UTC" }); } // a zone this browser lacks
    formats.set(key, made);
  }
  return made;
}

/** @param {Record<string, any>} state */
const zoneOf = (state) => state.config?.timezone ?? "UTC";

/** @param {Record<string, any>} state @param {string | number} moment */
export function clock(state, moment) {
  return format(zoneOf(state), { hour: "2-digit", minute: "2-digit" }).format(new Date(moment));
}

/** @param {Record<string, any>} state @param {string} moment */
export function whole(state, moment) {
  const zone = zoneOf(state);
  const shown = format(zone, { dateStyle: "full", timeStyle: "medium" }).format(new Date(moment));
  return `${shown} (${zone})`;
}

/** The clock time within the edition, else with its day. No clock of this machine is asked. */
/** @param {Record<string, any>} state @param {string} moment */
export function short(state, moment) {
  if (!state.edition || moment >= state.edition.opens_at) return clock(state, moment);
  const day = format(zoneOf(state), { weekday: "short", day: "numeric", month: "short" });
  return `${day.format(new Date(moment))}, ${clock(state, moment)}`;
}

/** @param {Record<string, any>} state @param {string | null | undefined} moment */
export function time(state, moment) {
  if (!moment) return null;
  return h("time", { datetime: moment, title: whole(state, moment) }, short(state, moment));
}

/** The day an edition is for. @param {Record<string, any>} state */
export function editionDay(state) {
  if (!state.edition) return "";
  const noon = new Date(`${state.edition.id}T12:00:00Z`);
  if (Number.isNaN(noon.getTime())) return state.edition.id;
  return format("UTC", { weekday: "long", day: "numeric", month: "long" }).format(noon);
}

/** @param {number} seconds */
export function span(seconds) {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 129_600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}
