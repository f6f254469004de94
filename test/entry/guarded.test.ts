import { afterEach, expect, jest, test } from "@jest/globals";
import { GateError } from "../../src/core/model/gate-error.ts";
import { guarded } from "../../src/entry/guarded.ts";

const said: string[] = [];
jest.spyOn(process.stderr, "write").mockImplementation((text) => {
  said.push(`${text}`);
  return true;
});
afterEach(() => {
  said.splice(0);
});

test("a failure is its message, what was saved, and exit code 2", async () => {
  const saved = ["/tmp/r.json"];
  const code = await guarded(() => Promise.reject(new GateError("server", "server: gone", { saved })));
  expect(code).toBe(2);
  expect(said.join("")).toBe("server: gone\nWhat was measured before is in /tmp/r.json.\n");
});

test("a bug is no regression: exit code 2, its stack, and what to do with it", async () => {
  expect(await guarded(() => Promise.reject(new TypeError("x is not a function")))).toBe(2);
  expect(said.join("")).toMatch(/TypeError: x is not a function\n\s+at [\s\S]*please report it/);
});
