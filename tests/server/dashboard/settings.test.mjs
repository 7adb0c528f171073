// What a filled-in form changes in the desk's settings.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./loading.mjs";

const { changesOf } = await load("core/settings.js");

const CONFIG = {
  cadence: "daily", time_of_day: "07:00", timezone: "UTC", brief_min_priority: "medium", signoff_ttl_hours: 24,
  signoff_roles: ["Analyst", "Strategy Head"], days_of_week: ["mon", "tue"], audiences: ["CEO"],
  require_dual_signoff: true, autopublish: false,
};

/** The form as it stands for CONFIG, with some fields filled in otherwise. */
function filled(changes = {}) {
  const { require_dual_signoff: dual, autopublish: auto, ...rest } = { ...CONFIG, ...changes };
  const form = new FormData();
  for (const [name, value] of Object.entries(rest)) {
    if (name === "signoff_roles") form.append(name, value.join("\n"));
    else for (const one of [value].flat()) form.append(name, String(one));
  }
  if (dual) form.append("require_dual_signoff", "on");
  if (auto) form.append("autopublish", "on");
  return form;
}

test("a form that was left as it was changes nothing", () => {
  assert.deepEqual(changesOf(CONFIG, filled()), {});
});

test("only what differs is sent", () => {
  assert.deepEqual(changesOf(CONFIG, filled({ signoff_ttl_hours: 12, autopublish: true })), { signoff_ttl_hours: 12, autopublish: true });
});

test("a box that is cleared is a change", () => {
  assert.deepEqual(changesOf(CONFIG, filled({ require_dual_signoff: false })), { require_dual_signoff: false });
});

test("roles are read one a line, without empty ones", () => {
  assert.deepEqual(changesOf(CONFIG, filled({ signoff_roles: ["Analyst", " Editor ", ""] })), { signoff_roles: ["Analyst", "Editor"] });
});
