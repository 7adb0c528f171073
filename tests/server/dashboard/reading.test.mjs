// One signature under the whole edition: only under what was read.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./loading.mjs";

const { lacking, whyNotSignAll } = await load("core/standing.js");

const brief = (id, change = {}) => ({ id, digest: `d-${id}`, priority: "high", state: "in_review", missing_roles: ["Analyst"], ...change });
const [A, B] = [brief("a"), brief("b")];
const desk = (change = {}) => ({
  link: { state: "live" }, issues: new Map(), briefs: new Map([["a", A], ["b", B]]),
  bodies: { a: { brief: A }, b: { brief: B }, status: { digest: "whole", briefs: [A, B] } }, ...change,
});

test("an edition that was read whole can be signed", () => {
  assert.equal(whyNotSignAll(desk(), "Analyst"), "");
});

test("a text that has not been read yet keeps all from being signed", () => {
  const { bodies } = desk();

  assert.match(whyNotSignAll(desk({ bodies: { a: bodies.a, status: bodies.status } }), "Analyst"), /Reading/);
});

test("a text that changed after the edition was asked for keeps all from being signed", () => {
  const briefs = new Map([["a", A], ["b", brief("b", { digest: "newer" })]]);

  assert.match(whyNotSignAll(desk({ briefs }), "Analyst"), /just changed/);
});

test("offline nothing is signed", () => {
  assert.match(whyNotSignAll(desk({ link: { state: "offline" } }), "Analyst"), /offline/);
});

test("what a role has signed is not read to it again", () => {
  const briefs = new Map([["a", A], ["b", brief("b", { missing_roles: ["Strategy Head"] })]]);

  assert.deepEqual(lacking(desk({ briefs }), "Analyst").map(({ id }) => id), ["a"]);
});
