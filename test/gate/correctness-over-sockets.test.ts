/** Correctness under load, on the embedded engine: the answers are judged, and stay nowhere. */
import { afterEach, expect, test } from "@jest/globals";
import { systemClock } from "../../src/adapters/host/system-clock.ts";
import { connectWith } from "../../src/adapters/openai/connect.ts";
import { parseResults, serialiseResults } from "../../src/core/model/result-file.ts";
import type { ResultsFile, Trial } from "../../src/core/model/results.ts";
import type { Workload } from "../../src/core/model/workload.ts";
import { judgeRun } from "../../src/core/verdict/judge-run.ts";
import { knownWorkloads } from "../../src/core/workload/built-in.ts";
import { drawSchedule } from "../../src/core/workload/schedule.ts";
import { workloadInfo } from "../../src/core/workload/workload-info.ts";
import { defaultEngineOptions } from "../../src/engine/options.ts";
import { startEngine } from "../../src/engine/serve.ts";
import { measureWorkload } from "../../src/gate/measure-workload.ts";
import { cellOf, defaultPolicy, resultsOf } from "../fakes/gate-data.ts";

const never = new AbortController().signal;
const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const [workload] = knownWorkloads.filter(({ name }) => name === "llm_correctness") as [Workload];

/** One pass of the built-in workload, with a trial for the judge: that the machine kept time is another matter. */
async function measured(mismatchRate: number): Promise<Trial> {
  const engine = await startEngine({ ...defaultEngineOptions, kvCache: "paged", timeScale: 0.02, mismatchRate });
  cleanups.push(engine.close);
  const clock = systemClock();
  const client = connectWith(clock)({ url: engine.url, backend: "auto", requestTimeoutMs: 20_000 });
  cleanups.push(client.close);
  await client.inspect(never);
  const server = { url: engine.url, boot: `${mismatchRate}`, owned: true, gone: never };
  const { trial } = await measureWorkload({
    ...{ client, clock, signal: never, model: "embedded/reference", charsPerToken: 4, warnings: [] },
    ...{ nonce: "123456789012", progress: { report: () => {} } },
    planned: { workload: workload, schedule: drawSchedule(workload), notes: [] },
    server: { ...server, exit: () => undefined, logTail: () => [], stop: async () => {} },
  });
  return { ...trial, valid: true };
}

const results = (day: number, trial: Trial): ResultsFile => ({
  ...resultsOf(day, [cellOf([trial], { workload: "llm_correctness" })]),
  workloads: [workloadInfo(workload)],
});

test("a server that is right has no mismatch, at twenty requests at once", async () => {
  const trial = await measured(0);
  expect(trial.summary).toMatchObject({ mismatch_rate: 0, error_rate: 0 });
  expect(trial.requests).toHaveLength(100);
  expect(trial.warnings?.filter((warning) => warning.includes("than planned"))).toEqual([]);
});

test("wrong answers are a share of the answered ones, which a file keeps without the answers", async () => {
  const trial = await measured(0.3);
  const wrong = trial.requests?.filter((one) => one.outcome === "ok" && one.correct === false).length ?? 0;
  expect(wrong).toBeGreaterThan(10);
  expect(wrong).toBeLessThan(60);
  expect(trial.summary?.["mismatch_rate"]).toBeCloseTo(wrong / 100, 10);
  const text = serialiseResults(results(1, trial));
  expect(text).not.toMatch(/answerText|the of and/);
  const read = parseResults(text, "r.json");
  expect(read.ok && read.results.cells[0]?.trials[0]?.requests).toEqual(trial.requests);
});

test("the gate sees that answers became wrong", async () => {
  const right = await measured(0);
  const wrong = await measured(0.3);
  const policy = { ...defaultPolicy, blocking: [...defaultPolicy.blocking, "mismatch_rate"] };
  const baseline = [1, 2, 3].map((day) => results(day, { ...right, boot: `${day}` }));
  const comparison = (candidate: Trial) => judgeRun({ baseline, candidate: results(4, candidate), policy });
  const judged = (candidate: Trial) =>
    comparison(candidate).cells[0]?.metrics.find(({ metric }) => metric === "mismatch_rate");
  expect(comparison(wrong).reason).toMatch(/^Answers are wrong: \d+(\.\d)?% of llm_correctness on/);
  expect(judged(wrong)).toMatchObject({ gated: true, finding: "regressed", baseline: 0 });
  expect(judged(right)).toMatchObject({ finding: "unchanged" });
});
