// @ts-check
/** What the day has saved, and every assumption behind the figure. */
import { h } from "../core/dom.js";
import { count } from "../core/words.js";

/** @typedef {Record<string, any>} Row */

/** @param {Row} state */
export function value(state) {
  const roi = state.bodies.roi;
  return h("div", { class: "page narrow" },
    h("header", { class: "head" }, h("h1", null, "Value of this edition")),
    !roi ? h("p", { class: "quiet waiting" }, "Adding up…") : roi.error ? h("p", { class: "problem" }, roi.error) : figures(roi));
}

/** @param {Row} roi */
function figures(roi) {
  const { assumptions: a } = roi;
  const before = Math.max(roi.before_hours, 0.01);
  return [
    h("p", { class: "figure" }, h("b", null, hours(roi.hours_saved)), ` saved with ${count(roi.issues_processed, "issue")}: ${roi.fte_equiv.toFixed(2)} of a full week's work.`),
    h("dl", { class: "bars" },
      h("dt", null, "By hand"), h("dd", null, line(1), hours(roi.before_hours)),
      h("dt", null, "With the desk"), h("dd", null, line(roi.after_minutes / 60 / before), hours(roi.after_minutes / 60))),
    h("h2", null, "What is assumed"),
    h("ul", { class: "assumed" },
      h("li", null, `An issue read and written up by hand takes ${a.days_per_issue} of a day of ${a.hours_per_day} hours, shared by ${count(a.roles_sharing, "role")}.`),
      h("li", null, `With the desk it takes ${count(a.minutes_per_issue_after, "minute")}.`),
      h("li", null, `A full week has ${a.hours_per_week} hours.`)),
  ];
}

/** @param {number} part */
const line = (part) => h("span", { class: "line", style: { "--part": `${Math.min(100, part * 100)}%` } });

/** @param {number} n */
const hours = (n) => `${n.toFixed(1)} hours`;
