import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseResults, serialiseResults } from "../../../src/core/model/result-file.ts";
import type { ResultsFile } from "../../../src/core/model/results.ts";

const minimal = {
  schema: "serving-gate/results@1",
  createdAt: "2026-11-22T00:00:00Z",
  environment: { fingerprint: "one GPU" },
  status: "accepted",
  cells: [],
};
const answered = {
  outcome: "ok",
  scheduledMs: 0,
  sentMs: 0.1,
  firstTokenMs: 35.2,
  lastTokenMs: 57.6,
  endMs: 58,
  outputTokens: 3,
  tokenGapsMs: [11.1, 11.3],
};
const cell = { phase: "p", model: "m", workload: "w", scheduleHash: "sha256:0", trials: [{ requests: [answered] }] };
const withSummary = (summary: unknown) => ({ ...minimal, cells: [{ ...cell, trials: [{ summary }] }] });
const withRequest = (request: object) => ({ ...minimal, cells: [{ ...cell, trials: [{ requests: [request] }] }] });

function problemsOf(document: unknown): readonly string[] {
  const parsed = parseResults(typeof document === "string" ? document : JSON.stringify(document), "run.json");
  return parsed.ok ? [] : parsed.problems.map(({ path, message }) => `${path} ${message}`.trim());
}

test("a file with only what is required is read", () => {
  expect(problemsOf(minimal)).toEqual([]);
  expect(problemsOf({ ...minimal, cells: [cell] })).toEqual([]);
});

test("unknown keys are ignored", () => {
  expect(problemsOf({ ...minimal, extra: 1, cells: [{ ...cell, extra: {} }] })).toEqual([]);
});

test("a metric of a summary that could not be computed, written as null, is as if it were not there", () => {
  const trial = { summary: { itl_p50: null, ttft_p50: 35 } };
  const parsed = parseResults(JSON.stringify({ ...minimal, cells: [{ ...cell, trials: [trial] }] }), "run.json");
  expect(parsed.ok && parsed.results.cells[0]?.trials[0]?.summary).toEqual({ ttft_p50: 35 });
});

test("what stands in a file cannot steer a terminal through the message about it", () => {
  expect(problemsOf("\u001b[31m\u0000{")[0]).not.toMatch(/\p{Cc}/u);
});

describe("what is wrong is named with its place, what was found and what was expected", () => {
  test.each([
    [
      "another version",
      { ...minimal, schema: "serving-gate/results@2" },
      /schema is "serving-gate\/results@2"; expected .*another version/,
    ],
    ["another kind of file", { hello: 1 }, /schema is missing; expected .*not a results file/],
    ["a list", [1, 2], /schema is missing/],
    ["no outcome", withRequest({ ...answered, outcome: undefined }), /outcome is missing; expected "ok" or "error"/],
    [
      "another outcome",
      withRequest({ ...answered, outcome: "success" }),
      /outcome is "success"; expected "ok" or "error"/,
    ],
    ["no cells", { ...minimal, cells: undefined }, /cells is missing; expected a list/],
    ["half a token", withRequest({ ...answered, outputTokens: 3.5 }), /outputTokens is 3.5; expected a whole number/],
    ["a point that is a list", { ...minimal, cells: [{ ...cell, point: 3 }] }, /point is 3; expected an object/],
    ["a bad date", { ...minimal, createdAt: "yesterday" }, /createdAt is "yesterday"; expected a date/],
    [
      "a bad status",
      { ...minimal, status: "good" },
      /status is "good"; expected "accepted" or "suspect" or "rejected"/,
    ],
    [
      "a missing fingerprint",
      { ...minimal, environment: {} },
      /environment\.fingerprint is missing; expected a string/,
    ],
    [
      "a negative time",
      withRequest({ ...answered, firstTokenMs: -1 }),
      /cells\[0\]\.trials\[0\]\.requests\[0\]\.firstTokenMs is -1; expected 0 or more/,
    ],
    [
      "a NaN written as null",
      withRequest({ ...answered, lastTokenMs: null }),
      /lastTokenMs is null; expected a number/,
    ],
    [
      "a gap that is no number",
      withRequest({ ...answered, tokenGapsMs: [1, null] }),
      /tokenGapsMs is \[1,null\]; expected a list of times/,
    ],
    ["an unknown outcome", withRequest({ ...answered, outcome: "maybe" }), /outcome/],
    [
      "an unknown failure",
      withRequest({ outcome: "error", scheduledMs: 0, sentMs: 0, endMs: 1, error: { kind: "gremlin" } }),
      /error\.kind is "gremlin"; expected "http"/,
    ],
    [
      "a metric that is no number",
      withSummary({ ttft_p50: 35, itl_p50: "12" }),
      /^cells\[0\]\.trials\[0\]\.summary\.itl_p50 is "12"; expected a number$/,
    ],
    [
      "metrics beyond belief",
      withSummary({ ttft_p50: 2e12, itl_p50: 3e12 }),
      /summary\.ttft_p50 is 2000000000000; expected 1000000000000 or less\n.*itl_p50 is 3000000000000/,
    ],
    ["a summary that is a list", withSummary([35]), /summary is \[35\]; expected an object/],
    ["a summary that is nothing", withSummary(null), /summary is null; expected an object/],
    ["an empty file", "", /is empty/],
    ["something else than JSON", "hello", /is not JSON/],
  ])("%s", (_case, document, message) => {
    expect(problemsOf(document).join("\n")).toMatch(message);
  });
});

test("a file cut anywhere is said to be cut off, and never read as a smaller one", () => {
  const whole = JSON.stringify({ ...minimal, cells: [cell] });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: whole.length - 1 }), (length) => {
      const [problem] = problemsOf(whole.slice(0, length));
      expect(problem).toMatch(/ends in the middle|is not JSON/);
    }),
  );
  expect(problemsOf(whole.slice(0, whole.length / 2))[0]).toMatch(/ends in the middle/);
});

test("every fault of a file is told at once", () => {
  expect(problemsOf({ ...minimal, createdAt: 1, status: 2, environment: 3 })).toHaveLength(3);
});

test("what is written is what is read, times to a thousandth of a millisecond", () => {
  const parsed = parseResults(JSON.stringify(withRequest({ ...answered, sentMs: 0.123456 })), "run.json");
  if (!parsed.ok) throw new Error("the fixture is valid");
  const again = parseResults(serialiseResults(parsed.results), "again.json");
  expect(again).toMatchObject({ ok: true });
  const requests = (again as { results: ResultsFile }).results.cells[0]?.trials[0]?.requests;
  expect(requests?.[0]).toMatchObject({ sentMs: 0.123, tokenGapsMs: [11.1, 11.3] });
});

test.each([
  ["2026-11-22T00:00:00", "2026-11-22T00:00:00Z"],
  ["2026-11-22T00:00:00Z", "2026-11-22T00:00:00Z"],
  ["2026-11-22T03:00:00+03:00", "2026-11-22T03:00:00+03:00"],
  ["2026-11-22", "2026-11-22"],
])("%s is read as %s, whatever the zone of the machine", (written, read) => {
  const document = {
    schema: "serving-gate/results@1",
    createdAt: written,
    environment: { fingerprint: "f" },
    status: "accepted",
    cells: [],
  };
  const parsed = parseResults(JSON.stringify(document), "r.json");
  expect(parsed).toMatchObject({ ok: true, results: { createdAt: read } });
});
