// @ts-check
/** How much came up when: issues by the moment they were first seen, in steps that a day or an hour can show. Pure. */
import { last } from "./memo.js";

/** @typedef {Record<string, any>} Row */
/** @typedef {{from: number, counts: Map<string, number>, total: number}} Step */

const MINUTE = 60_000;
const LENGTHS = [1, 5, 15, 30, 60, 120, 240, 720, 1440, 7200].map((minutes) => minutes * MINUTE);
export const MOST_STEPS = 24;

/** Steps from the first to the last issue, none left out. @type {(issues: Map<string, Row>) => {length: number, steps: Step[]}} */
export const volume = last((issues) => {
  const moments = [...issues.values()].map((issue) => ({ at: Date.parse(issue.first_seen), name: issue.quadrant }));
  const first = moments.reduce((least, { at }) => Math.min(least, at), Infinity);
  const latest = moments.reduce((most, { at }) => Math.max(most, at), -Infinity);
  const length = LENGTHS.find((one) => Math.floor(latest / one) - Math.floor(first / one) < MOST_STEPS) ?? LENGTHS[LENGTHS.length - 1];
  const begin = Math.max(Math.floor(first / length), Math.floor(latest / length) - MOST_STEPS + 1);
  const steps = Array.from({ length: moments.length ? Math.floor(latest / length) - begin + 1 : 0 },
    (_, at) => ({ from: (begin + at) * length, counts: new Map(), total: 0 }));
  for (const { at, name } of moments) {
    const step = steps[Math.max(0, Math.floor(at / length) - begin)]; // what is older still counts, in the first
    step.counts.set(name, (step.counts.get(name) ?? 0) + 1);
    step.total += 1;
  }
  return { length, steps };
});
