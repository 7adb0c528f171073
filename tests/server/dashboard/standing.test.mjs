// Who may do what now, and if not, why not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./loading.mjs";

const { awaiting, lapsed, marked, may, whyNotExport, whyNotSign } = await load("core/standing.js");

const ROLES = ["Analyst", "Strategy Head"];
const approval = (role, by, change = {}) => ({ role, principal_id: by, name: by, approve: true, voided: "", ...change });
const brief = (change = {}) => ({
  id: "a", digest: "d1", priority: "high", state: "in_review", required_roles: ROLES, missing_roles: ROLES,
  signoffs: [], earlier_signoffs: [], declines: [], gate_open: false, ...change,
});
const SIGNED = brief({ gate_open: true, missing_roles: [], signoffs: [approval("Analyst", "ann"), approval("Strategy Head", "hal")] });
const state = (change = {}) => ({
  link: { state: "live" }, interrupt: { active: false }, config: { signoff_roles: ROLES }, bodies: {},
  briefs: new Map(), issues: new Map(), session: { principal: { id: "ann", name: "ann", roles: ["Analyst"] } }, ...change,
});

test("whoever holds a sign-off role may review, and not configure", () => {
  assert.deepEqual([may(state(), "review"), may(state(), "configure")], [true, false]);
});

test("nobody may nothing", () => {
  assert.equal(may(state({ session: { principal: null } }), "review"), false);
});

for (const link of ["offline", "catching up", "connecting", "refused"]) {
  test(`while ${link} nothing is signed or exported, and it says why`, () => {
    const now = state({ link: { state: link } });

    assert.notEqual(whyNotSign(now, brief(), "Analyst"), "");
    assert.notEqual(whyNotExport(now, SIGNED), "");
  });
}

test("a text that is newer than the one on screen is not signed", () => {
  const now = state({ bodies: { a: { brief: { digest: "d0" } } } });

  assert.match(whyNotSign(now, brief(), "Analyst"), /just changed/);
});

test("one person does not sign twice", () => {
  const now = state({ session: { principal: { id: "ann", roles: ROLES } } });

  assert.match(whyNotSign(now, brief({ signoffs: [approval("Analyst", "ann")] }), "Strategy Head"), /two people/);
});

test("an approval that no longer counts does not keep its person from signing", () => {
  assert.equal(whyNotSign(state(), brief({ signoffs: [approval("Analyst", "ann", { voided: "edited" })] }), "Analyst"), "");
});

test("what is held is not exported even when all have signed", () => {
  assert.equal(whyNotExport(state(), SIGNED), "");
  assert.match(whyNotExport(state({ interrupt: { active: true, by: "hal" } }), SIGNED), /held by hal/);
});

test("a lapsed approval is shown until another one counts in its place", () => {
  const old = approval("Analyst", "ann", { voided: "edited" });

  assert.deepEqual(lapsed(brief({ signoffs: [old] })), [old]);
  assert.deepEqual(lapsed(brief({ earlier_signoffs: [old] })), [old]);
  assert.deepEqual(lapsed(brief({ signoffs: [old, approval("Analyst", "bea")] })), []);
});

test("a brief awaits those whose role is missing and who have not signed", () => {
  const briefs = new Map([["a", brief()], ["b", brief({ id: "b", missing_roles: ["Strategy Head"] })]]);

  assert.deepEqual(awaiting(state({ briefs })).map(({ id }) => id), ["a"]);
});

test("copy is unmarked only while it is certain that people signed it", () => {
  assert.equal(marked(state(), SIGNED, "text"), "text");
  assert.equal(marked(state(), brief(), "text"), "DRAFT – UNSIGNED\n\ntext");
  assert.equal(marked(state({ link: { state: "offline" } }), SIGNED, "text"), "DRAFT – UNSIGNED\n\ntext");
});
