import { expect, test } from "@jest/globals";
import { readFlags } from "../../src/entry/flags.ts";

const spec = {
  flags: {
    config: { kind: "value", short: "c" },
    phase: { kind: "list" },
    trials: { kind: "value" },
    quiet: { kind: "switch" },
  },
} as const;

test("values, lists, switches and short names are read", () => {
  const flags = readFlags(["-c", "a.yml", "--phase", "p1", "--phase=p2", "--quiet", "--trials", "3"], spec);
  expect([flags.value("config"), flags.list("phase"), flags.has("quiet"), flags.integer("trials", 1)]).toEqual([
    "a.yml",
    ["p1", "p2"],
    true,
    3,
  ]);
  expect(() => flags.assertNone("run")).not.toThrow();
});

test("every fault of a command line is told at once", () => {
  const flags = readFlags(["--trails", "3", "--trials", "many", "--quiet=yes", "word", "--config", "--quiet"], spec);
  flags.integer("trials", 1);
  expect(() => flags.assertNone("run")).toThrow(
    /--trails is unknown[\s\S]*--quiet is "yes"[\s\S]*--config has no value; found the flag --quiet[\s\S]*"word" is not expected[\s\S]*--trials is "many"/,
  );
});

test("names that every object has are unknown flags", () => {
  expect(() => readFlags(["--constructor"], spec).assertNone("run")).toThrow(/--constructor is unknown/);
});
