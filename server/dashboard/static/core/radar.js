// @ts-check
/**
 * Where the dots of the radar stand. Pure, and stable: an issue keeps its direction, so a dot that
 * moves has changed its score, and a dot that appears pushes others aside by no more than it needs.
 *
 * @typedef {Record<string, any>} Row
 * @typedef {{issue: Row, x: number, y: number, r: number}} Dot
 */

/** More dots than this say less: the list has them all. */
export const SHOWN = 80;
const OUTER = 96;
const INNER = 8;
const ROUNDS = 30;

/** @param {Row[]} ranked issues, highest score first @param {string[]} quadrants @returns {Dot[]} */
export function dots(ranked, quadrants) {
  const placed = ranked.slice(0, SHOWN).map((issue) => put(issue, Math.max(0, quadrants.indexOf(issue.quadrant)), quadrants.length));
  for (let round = 0; round < ROUNDS && spread(placed); round += 1);
  return placed.map(({ issue, x, y, r }) => ({ issue, r, x, y }));
}

/** @param {Row} issue @param {number} at @param {number} of */
function put(issue, at, of) {
  const r = Math.min(8, 2.4 + Math.sqrt(issue.item_count) * 1.1);
  const step = (2 * Math.PI) / of;
  const distance = INNER + (OUTER - INNER - r) * (1 - issue.score);
  const edge = Math.min(step / 3, (r + 2) / Math.max(distance, r + 2));
  const [low, high] = [at * step - Math.PI / 2 + edge, (at + 1) * step - Math.PI / 2 - edge];
  const dot = { issue, r, distance, low, high, angle: 0, x: 0, y: 0 };
  turn(dot, low + (high - low) * direction(issue.id));
  return dot;
}

/** @param {Row} dot @param {number} angle kept within its sector */
function turn(dot, angle) {
  dot.angle = Math.min(dot.high, Math.max(dot.low, angle));
  dot.x = dot.distance * Math.cos(dot.angle);
  dot.y = dot.distance * Math.sin(dot.angle);
}

/** Push neighbours apart along their circles; whether any still touched. @param {Row[]} placed */
function spread(placed) {
  let touched = false;
  for (let one = 0; one < placed.length; one += 1) {
    for (let other = one + 1; other < placed.length; other += 1) {
      const [a, b] = [placed[one], placed[other]];
      const wanted = a.r + b.r + 2.5;
      if (Math.abs(a.distance - b.distance) >= wanted) continue; // most of them, without an angle
      const [dx, dy] = [a.x - b.x, a.y - b.y];
      if (dx * dx + dy * dy >= wanted * wanted) continue;
      const apart = Math.sqrt(dx * dx + dy * dy);
      touched = true;
      const by = (wanted - apart) / (2 * Math.max(12, (a.distance + b.distance) / 2)) * (a.angle < b.angle ? 1 : -1);
      turn(a, a.angle - by);
      turn(b, b.angle + by);
    }
  }
  return touched;
}

/** A number from 0 to 1 that an id always has (FNV-1a). @param {string} id */
function direction(id) {
  let sum = 0x811c9dc5;
  for (let at = 0; at < id.length; at += 1) sum = Math.imul(sum ^ id.charCodeAt(at), 0x01000193);
  return ((sum ^ (sum >>> 15)) >>> 0) / 0xffffffff;
}
