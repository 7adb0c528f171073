// @ts-check
/** What a filled-in form changes in the desk's settings: only what differs is sent. Pure. */

/** @typedef {Record<string, any>} Row */

const LISTS = ["days_of_week", "audiences"];
const TICKS = ["require_dual_signoff", "autopublish"];

/** @param {Row} config @param {FormData} form @returns {Row} */
export function changesOf(config, form) {
  const wanted = {
    cadence: form.get("cadence"),
    time_of_day: form.get("time_of_day"),
    timezone: String(form.get("timezone") ?? "").trim(),
    brief_min_priority: form.get("brief_min_priority"),
    signoff_ttl_hours: Number(form.get("signoff_ttl_hours")),
    signoff_roles: lines(String(form.get("signoff_roles") ?? "")),
    ...Object.fromEntries(LISTS.map((name) => [name, form.getAll(name)])),
    ...Object.fromEntries(TICKS.map((name) => [name, form.has(name)])),
  };
  /** @param {[string, any]} entry */
  const differs = ([name, value]) => JSON.stringify(value) !== JSON.stringify(config[name]);
  return Object.fromEntries(Object.entries(wanted).filter(differs));
}

/** @param {string} text */
const lines = (text) => text.split("\n").map((line) => line.trim()).filter(Boolean);
