// @ts-check
/** Where one is on the page, and its address. Pure. */

export const PLACES = [
  ["desk", "Desk"],
  ["today", "Today"],
  ["sources", "Sources"],
  ["activity", "Activity"],
  ["value", "Value"],
  ["settings", "Settings"],
];
/** Reached from elsewhere than the line at the top. */
const ALSO = ["reading", "wall"];

/** @param {string} hash @returns {{place: string, id: string}} */
export function place(hash) {
  const [, name = "", id = ""] = /^#\/(\w*)\/?([a-z0-9-]*)/.exec(hash) ?? [];
  if (name === "brief" && id) return { place: "brief", id };
  return { place: [...PLACES.map(([known]) => known), ...ALSO].includes(name) ? name : "desk", id: "" };
}

/** @param {string} name @param {string} [id] */
export const address = (name, id = "") => (id ? `#/${name}/${id}` : `#/${name}`);
