import { expect, test } from "@jest/globals";
import { closestName, nameHint } from "../../../src/core/config/closest-name.ts";

const known = ["min-effect", "on-missing", "on-inconclusive", "phases"];

test.each([
  ["min_effect", "min-effect"],
  ["minEffect", "min-effect"],
  ["mineffect", "min-effect"],
  ["phasse", "phases"],
  ["phaess", "phases"],
  ["on-mising", "on-missing"],
])("%s was meant to be %s", (found, meant) => {
  expect(closestName(found, known)).toBe(meant);
});

test("a name unlike all others is answered with the list", () => {
  expect(closestName("trials", known)).toBeUndefined();
  expect(nameHint("trials", ["a", "b"])).toBe("; expected one of a, b");
  expect(nameHint("trials", [])).toBe("");
});
