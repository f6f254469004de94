import { expect, jest, test } from "@jest/globals";
import { say } from "../../src/entry/say.ts";

test("a name in a message can neither steer the terminal nor give the runner orders", () => {
  const written = jest.spyOn(process.stderr, "write").mockReturnValue(true);
  say("fail: itl_p50 of chat\n::error::boom\n\u001b[31m##[error]red");
  const text = written.mock.calls.map(([chunk]) => String(chunk)).join("");
  written.mockRestore();
  expect(text).toMatch(/^fail: itl_p50 of chat\n/);
  expect(text).not.toMatch(/^\s*::/m);
  expect(text).not.toMatch(/[^\P{Cc}\n]|##\[/u);
});
