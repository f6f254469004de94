import { describe, expect, test } from "@jest/globals";
import { parseConfig } from "../../src/core/config/parse-config.ts";
import type { Config } from "../../src/core/model/config.ts";
import { GateError, problemLines } from "../../src/core/model/gate-error.ts";
import type { ResultsFile } from "../../src/core/model/results.ts";
import { measureAndReport } from "../../src/entry/commands/calibrate.ts";
import type { BaselineStore, GenerationRequest } from "../../src/gate/ports.ts";
import { type FakeAnswer, fakeClient } from "../fakes/fake-client.ts";
import { fakeClock } from "../fakes/fake-clock.ts";
import { fakeLauncher } from "../fakes/fake-launcher.ts";

/** Twenty requests of 30 tokens: enough for ITL P50 and P95. */
function configOf(more = ""): Config {
  const text = `
server: { command: "serve --port {{port}}" }
models: [fake]
workloads: [{ name: chat, requests: 20, warmup: 0, prompt-tokens: 64, output-tokens: 30, arrivals: sequential }]
trials: 2
${more}`;
  const parsed = parseConfig(text, { file: "gate.yml", purpose: "run" });
  if (!parsed.ok) throw new Error(problemLines("config", parsed.problems));
  return parsed.config;
}

interface Staged {
  readonly count?: number;
  readonly config?: Config;
  readonly before?: readonly ResultsFile[];
  /** Given the run's 0-based start among all server starts. */
  readonly answer?: (start: number, request: GenerationRequest) => FakeAnswer;
  readonly refusal?: (start: number) => GateError | undefined;
  readonly abortAt?: { readonly start: number };
  /** Records that the store takes. */
  readonly room?: number;
}

async function calibrated(staged: Staged = {}) {
  const { count = 3, config = configOf(), before = [], room = Number.POSITIVE_INFINITY } = staged;
  const clock = fakeClock();
  const abort = new AbortController();
  const kept: ResultsFile[] = [];
  const notes: string[] = [];
  const printed: string[] = [];
  const written: string[] = [];
  let starts = -1;
  const launcher = fakeLauncher((start) => {
    starts = start;
    if (staged.abortAt?.start === start) abort.abort(new GateError("config", "stopped by SIGINT"));
    return staged.refusal?.(start);
  });
  const store: BaselineStore = {
    label: "the store",
    list: async () => before.map((value, index) => ({ kind: "found", value, path: `/store/${index}` })),
    add: async (results) => {
      if (kept.length >= room) throw new GateError("host", "baseline: the record cannot be written (ENOSPC)");
      kept.push(results);
      return { path: `/store/new-${kept.length}` };
    },
    prune: async () => [],
    noteDryRun: async () => undefined,
  };
  const failure = await measureAndReport(
    { config, count, isPartial: false },
    {
      ports: {
        ...{ launcher, clock },
        connect: () => ({
          ...fakeClient(clock, (request) => staged.answer?.(starts, request) ?? {}),
          inspect: async () => ({ models: [{ id: "fake" }], backend: "openai" }),
        }),
        host: { describe: async () => ({ fingerprint: "one GPU" }) },
        progress: { report: (event) => void (event.kind === "note" && notes.push(event.text)) },
      },
      files: {
        write: async (path) => void written.push(path),
        assertWritable: async () => {},
        read: async () => "",
      },
      ...{ store, signal: abort.signal, source: { sha: "abc" } },
      print: async (text) => void printed.push(text),
    },
  ).then(
    () => undefined,
    (error: unknown) => error as GateError,
  );
  return { kept, notes: notes.join("\n"), report: printed.join(""), failure, launcher, written };
}

const statuses = (kept: readonly ResultsFile[]) => kept.map(({ status }) => status);

describe("a calibration that is carried out", () => {
  test("stores each run as it comes, on server starts of its own, and reports on them", async () => {
    const { kept, launcher, report, notes, failure } = await calibrated();
    expect(failure).toBeUndefined();
    expect(statuses(kept)).toEqual(["accepted", "accepted", "accepted"]);
    expect(kept.map(({ source, cells }) => [source?.sha, cells[0]?.trials.length])).toEqual(Array(3).fill(["abc", 2]));
    expect(launcher.servers).toHaveLength(6);
    expect(launcher.requests.every(({ build }) => build === "candidate")).toBe(true);
    expect(notes).toContain("Run 3 of 3\nKept as accepted: /store/new-3");
    expect(report).toContain(
      "3 runs measured and accepted.\nThe gate has 3 runs to judge by; a candidate has 2 trials",
    );
    expect(report).toContain("False alarms: 0 of 3");
    expect(report).toMatch(/chat {6}itl_p50 +0\.00% +0\.00%/);
    expect(report).toMatch(/\ntrials: \d\ngate:\n {2}min-effect: \d+%\n/);
  });

  test("asks nothing that an earlier run asked", async () => {
    const prompts: string[] = [];
    const answer = (_start: number, { prompt, maxTokens }: GenerationRequest) => {
      // Shorter ones tell how many characters a token has, and are the same every time.
      if (maxTokens === 30) prompts.push(prompt);
      return {};
    };
    await calibrated({ answer });
    expect(new Set(prompts).size).toBe(3 * 2 * 20);
  });

  test("counts what comparable runs were in the store already", async () => {
    const { kept } = await calibrated();
    const { report } = await calibrated({ before: kept });
    expect(report).toContain("The gate has 6 runs to judge by");
    expect(report).toContain("False alarms: 0 of 6");
  });

  test("tells the pairs of a confirmation where a base build can be started", async () => {
    const config = configOf().phases.map(({ server, ...phase }) => ({
      ...phase,
      server: { ...server, build: ["make"] },
    }));
    const { report } = await calibrated({ config: { ...configOf(), phases: config as never } });
    expect(report).toContain("A/B pairs");
  });

  test("rejects a run whose requests fail, and reports on the others", async () => {
    const answer = (start: number): FakeAnswer => (start < 2 ? { error: { kind: "http", status: 500 } } : {});
    const { kept, report, failure } = await calibrated({ answer, count: 4 });
    expect(failure).toBeUndefined();
    expect(statuses(kept)).toEqual(["rejected", "accepted", "accepted", "accepted"]);
    expect(report).toContain("3 runs measured and accepted.");
    expect(report).toContain("1 record left out");
  });

  test("with nothing but failing requests is no calibration", async () => {
    const { kept, report, failure } = await calibrated({ answer: () => ({ error: { kind: "http", status: 500 } }) });
    expect(statuses(kept)).toEqual(["rejected", "rejected", "rejected"]);
    expect(report).toBe("");
    expect(failure?.message).toMatch(/none of 3 runs can feed a baseline/);
  });
});

describe("a calibration that is not carried out", () => {
  const broken = new GateError("server", "server: exited with code 3");

  test("goes on after one run that failed, and says so in the end", async () => {
    const { kept, report, notes, failure } = await calibrated({
      count: 4,
      refusal: (start) => (start === 1 ? broken : undefined),
    });
    expect(statuses(kept)).toEqual(["rejected", "accepted", "accepted", "accepted"]);
    expect(notes).toContain("Run 1 of 4 was not carried out. server: exited with code 3");
    expect(report).toContain("The gate has 3 runs to judge by");
    expect(failure).toMatchObject({
      blame: "server",
      message: expect.stringContaining("3 of 4 runs were carried out"),
    });
  });

  test("ends after two failures in a row", async () => {
    const { launcher, failure } = await calibrated({ count: 5, refusal: () => broken });
    expect(launcher.requests).toHaveLength(2);
    expect(failure?.message).toContain("0 of 5 runs were carried out");
  });

  test("ends at once where the config is at fault", async () => {
    const { launcher } = await calibrated({ refusal: () => new GateError("config", "config: no such file") });
    expect(launcher.requests).toHaveLength(1);
  });

  test("keeps what was measured when it is stopped, and reports on it", async () => {
    // The fourth run's second server.
    const { kept, report, failure, launcher } = await calibrated({ count: 5, abortAt: { start: 7 } });
    expect(statuses(kept)).toEqual(["accepted", "accepted", "accepted", "rejected"]);
    expect(kept[3]?.cells[0]?.trials).toHaveLength(1);
    expect(report).toContain("The gate has 3 runs to judge by");
    expect(failure?.message).toContain("3 of 5 runs were carried out");
    expect(launcher.requests).toHaveLength(8);
  });

  test("puts a run that the store cannot take elsewhere, and ends", async () => {
    const { kept, report, written, failure, notes } = await calibrated({ room: 2, count: 5 });
    expect(kept).toHaveLength(2);
    expect(written).toEqual([expect.stringContaining("serving-gate-run-")]);
    expect(notes).toContain(`What was measured is in ${written[0]}.`);
    expect(report).toContain("The gate has 3 runs to judge by");
    expect(failure?.message).toContain("2 of 5 runs were carried out");
  });

  test("has nothing to report after one run", async () => {
    const { report, failure } = await calibrated({ abortAt: { start: 2 } });
    expect(report).toBe("");
    expect(failure?.message).toMatch(/1 accepted run/);
  });
});
