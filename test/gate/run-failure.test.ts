import { expect, test } from "@jest/globals";
import { GateError } from "../../src/core/model/gate-error.ts";
import { runFailure } from "../../src/gate/run-failure.ts";

const signal = new AbortController().signal;

test("a fault that has been told already stays as it is", () => {
  const told = new GateError("config", "config: x");
  expect(runFailure(told, { signal, server: undefined })).toBe(told);
});

test("anything else is a bug of ours, with its cause", () => {
  const cause = new TypeError("x is not a function");
  expect(runFailure(cause, { signal, server: undefined })).toMatchObject({
    blame: "bug",
    message: expect.stringContaining("x is not a function"),
    cause,
  });
});

test("a cancelled run is told as such, whatever broke on the way", () => {
  const failure = runFailure(new Error("socket closed"), { signal: AbortSignal.abort(), server: undefined });
  expect(failure).toMatchObject({ blame: "host", message: expect.stringContaining("cancelled") });
});
