import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { dirStore } from "../../src/adapters/storage/dir-store.ts";
import { serialiseResults } from "../../src/core/model/result-file.ts";
import type { ResultsFile } from "../../src/core/model/results.ts";
import { baseline } from "../../src/entry/commands/baseline.ts";
import { runCli } from "../fakes/cli.ts";
import { cellOf, resultsOf, trialOf } from "../fakes/gate-data.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "baseline-"));
});
afterEach(async () => {
  jest.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});
const path = (name: string) => join(folder, name);

/** What a command prints; what it throws stays thrown. */
async function printed(...argv: readonly string[]): Promise<string> {
  const write = jest.spyOn(process.stdout, "write").mockReturnValue(true);
  expect(await baseline(argv)).toBe(0);
  const text = write.mock.calls.map(([chunk]) => String(chunk)).join("");
  write.mockRestore();
  return text;
}

function run(day: number, itlP50 = 20, extra: Partial<ResultsFile> = {}): ResultsFile {
  const trial = trialOf({ itl_p50: itlP50, output_throughput: 300 });
  return resultsOf(day, [cellOf([trial, trial, trial], { modelLabel: "Llama" })], extra);
}

async function stored(...runs: readonly ResultsFile[]): Promise<string> {
  const store = dirStore({ path: path("store") });
  for (const one of runs) await store.add(one);
  return path("store");
}

describe("baseline list", () => {
  test("shows the epoch of the run that began one, and nothing there of the others", async () => {
    const store = await stored(run(0), run(1, 25, { epoch: "#123" }));
    const [first, second] = (await printed("list", "--store", store)).split("\n");
    expect(first).toMatch(/^2026-01-01T00:00:00\.000Z {2}accepted {2}- {13}1 cell × 3 trials {2}\/.*-run\.json\.gz$/);
    expect(second).toMatch(/ {2}1 cell × 3 trials {2}epoch #123 {2}\/.*-run\.json\.gz$/);
  });
});

describe("baseline prune", () => {
  test("removes what is beyond --keep, and prints the paths", async () => {
    const store = await stored(run(0), run(1), run(2));
    expect(await printed("prune", "--store", store, "--keep", "2")).toMatch(/^\/.*20260101T000000Z-run\.json\.gz\n$/);
    expect(await readdir(join(store, "local"))).toHaveLength(2);
  });

  test("keeps as many as the config says", async () => {
    const store = await stored(run(0), run(1), run(2));
    await writeFile(path("gate.yml"), "baseline: { keep: 1 }");
    expect((await printed("prune", "--store", store, "-c", path("gate.yml"))).trim().split("\n")).toHaveLength(2);
  });

  test("says so where nothing is to be removed", async () => {
    const said = jest.spyOn(process.stderr, "write").mockReturnValue(true);
    const store = await stored(run(0));
    expect(await printed("prune", "--store", store)).toBe("");
    expect(String(said.mock.calls[0]?.[0])).toBe(`Nothing to remove from ${store}.\n`);
  });
});

describe("baseline calibrate --results", () => {
  const runs = [20.0, 20.2, 19.8, 20.1, 19.9].map((value, day) => run(day, value));

  test("reports on a folder of stored results, without a config", async () => {
    const report = await printed("calibrate", "--results", await stored(...runs));
    expect(report).toContain("The gate has 5 runs to judge by; a candidate has 3 trials, and 2 blocking timings");
    expect(report).toContain("False alarms: 0 of 5");
    expect(report).toMatch(/chat {6}itl_p50 +0\.79% +0\.00%/);
  });

  test("reckons with the trials asked for, else with the config's", async () => {
    const store = await stored(...runs);
    await writeFile(path("gate.yml"), "trials: 4");
    expect(await printed("calibrate", "--results", store, "-c", path("gate.yml"))).toContain("candidate has 4 trials");
    const asked = await printed("calibrate", "--results", store, "-c", path("gate.yml"), "--trials", "2");
    expect(asked).toContain("candidate has 2 trials");
  });

  test("writes to a file where one is named", async () => {
    const store = await stored(...runs);
    expect(await printed("calibrate", "--results", store, "-o", path("report.txt"))).toBe("");
    expect(await readFile(path("report.txt"), "utf8")).toContain("False alarms: 0 of 5");
  });

  test("takes files and folders, and leaves out what does not count", async () => {
    const store = await stored(run(0), run(1), run(2, 30, { status: "suspect" }));
    await writeFile(path("more.json"), serialiseResults(run(3)));
    const report = await printed("calibrate", "--results", store, "--results", path("more.json"));
    expect(report).toContain("The gate has 3 runs to judge by");
    expect(report).toContain("1 record left out");
  });

  test("names in a report cannot give the runner orders", async () => {
    const hostile = runs.map((one) => ({
      ...one,
      cells: one.cells.map((cell) => ({ ...cell, phase: "\n::error::x" })),
    }));
    expect(await printed("calibrate", "--results", await stored(...hostile))).not.toMatch(/^\s*::/m);
  });

  test("with a single run is told what is missing", async () => {
    const store = await stored(run(0));
    await expect(baseline(["calibrate", "--results", store])).rejects.toThrow(
      /the newest of 1 accepted run has no other of its lane/,
    );
  });

  test("goes through the CLI", async () => {
    const ran = await runCli(["baseline", "calibrate", "--results", await stored(...runs)], { cwd: folder });
    expect(ran).toMatchObject({ code: 0, stderr: "" });
    expect(ran.stdout).toContain("False alarms: 0 of 5");
  });
});

test.each([
  [["burn"], /baseline burn is not a command; expected list, add, prune or calibrate/],
  [["list", "--keep", "3"], /--keep is not for baseline list/],
  [
    ["prune", "--keep", "0", "x"],
    /baseline prune takes no files; found x[\s\S]*--keep is "0"; expected a whole number/,
  ],
  [["calibrate", "--runs", "2"], /--runs is "2"; expected a whole number, 3 or more/],
  [
    ["calibrate", "--results", "x", "--runs", "5", "--phase", "p"],
    /--runs is for measuring[\s\S]*--phase is for measuring/,
  ],
  [["calibrate", "-c", "nowhere.yml"], /nowhere\.yml cannot be read/],
])("%j is told what is wrong with it", async (argv, message) => {
  await expect(baseline(argv)).rejects.toThrow(message);
});
