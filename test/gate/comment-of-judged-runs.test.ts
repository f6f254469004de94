/** The comment over what the gate itself found, from files with only what results@1 requires. */
import { describe, expect, test } from "@jest/globals";
import { createRenderer } from "../../src/adapters/render/renderer.ts";
import type { GatePolicy } from "../../src/core/model/config.ts";
import type { Cell, ResultsFile } from "../../src/core/model/results.ts";
import { judgeRun } from "../../src/core/verdict/judge-run.ts";
import { renderComment } from "../../src/gate/render-reports.ts";
import { armsOf, cellOf, defaultPolicy, resultsOf, trialOf } from "../fakes/gate-data.ts";

const renderer = createRenderer({ templatesDir: "templates" });
const steady = { output_throughput: 100, itl_p50: 10, itl_p95: 12, itl_p99: 14 };
const trials = (failed = 0) => [1, 2, 3].map(() => trialOf(steady, { failed }));
const cell = (extra: Partial<Cell> = {}) => cellOf(trials(), extra);
const history = (cells: readonly Cell[]) => [1, 2, 3, 4, 5].map((day) => resultsOf(day, cells));

function commentOf(
  baseline: readonly ResultsFile[],
  candidate: ResultsFile,
  { language = "en", policy = defaultPolicy }: { language?: "en" | "ru"; policy?: GatePolicy } = {},
): string {
  const comparison = judgeRun({ baseline, candidate, policy });
  const context = { reproduceCommand: "serving-gate" };
  return renderComment({ candidate, comparison, policy, context }, language, renderer);
}

describe("a run on another machine than the baseline's", () => {
  const candidate = resultsOf(9, [cell(), cell({ workload: "code" })], { environment: { fingerprint: "gpu-b" } });

  test("leads with why nothing could be compared, not with a count of runs", () => {
    const text = commentOf(history([cell(), cell({ workload: "code" })]), candidate);
    expect(text).toMatch(/^### 🟡 `chat` on llama and 1 more: not comparable because environment gpu-a → gpu-b$/m);
    expect(text).not.toMatch(/Learning|\b0 checks/);
  });

  test("says what happens next, in both languages", () => {
    const baseline = history([cell(), cell({ workload: "code" })]);
    expect(commentOf(baseline, candidate)).toMatch(/What to do:\*\* .*a baseline of their own/);
    expect(commentOf(baseline, candidate, { language: "ru" })).toMatch(/Что делать:\*\* .*свой baseline/);
  });
});

test("a first run with failing requests is not told of a baseline that there is none of", () => {
  const text = commentOf([], resultsOf(9, [cellOf(trials(12))]));
  expect(text).toMatch(/^### ❌ `chat` on llama: 25% of requests failed$/m);
  expect(text).toContain("serving-gate run --phase paged --model llama --workload chat");
  expect(text).not.toMatch(/was 0%|New, nothing/);
});

test("cells of several phases are told apart where they are listed", () => {
  const both = [cell({ phase: "static" }), cell()];
  const candidate = resultsOf(9, [cellOf([], { phase: "static" }), cellOf([])]);
  const text = commentOf(history(both), candidate);
  expect(text).toContain("`chat` on llama (static); `chat` on llama (paged): no valid trial.");
});

test("a cell that the baseline does not have is named", () => {
  const candidate = resultsOf(9, [cell(), cell({ workload: "code" })]);
  expect(commentOf(history([cell()]), candidate)).toContain("New, nothing to compare with yet: `code` on llama.");
  expect(commentOf(history([cell()]), candidate, { language: "ru" })).toContain(
    "Новое, сравнить пока не с чем: `code`, llama.",
  );
});

describe("a workload that the newest run has and this one has not", () => {
  const reported = (onMissing: GatePolicy["onMissing"]) =>
    commentOf(history([cell(), cell({ workload: "code" })]), resultsOf(9, [cell()]), {
      policy: { ...defaultPolicy, onMissing },
    });

  test("blocks by default", () => {
    expect(reported("fail")).toMatch(
      /^### ❌ `code` on llama: not measured\n\*\*Merge blocked: 1 workload not measured\.\*\*/,
    );
  });

  test("is in the headline and does not block where the policy warns", () => {
    expect(reported("warn")).toMatch(
      /^### ⚠️ `code` on llama: not measured, not blocking\n\*\*Merge not blocked: 1 workload not measured, no regression in 5 checks\.\*\*/,
    );
  });

  test("is only in the folds where the policy lets it pass", () => {
    expect(reported("pass")).toMatch(/^### ✅ No regressions\n\*\*Safe to merge: no regression in 5 checks\.\*\*/);
    expect(reported("pass")).not.toMatch(/❌ \*\*/);
  });
});

describe("a middle that could not be judged", () => {
  const of = (more: Readonly<Record<string, number>>) => [1, 2, 3].map(() => trialOf({ ...steady, ...more }));
  const baseline = history([cellOf(of({ tokens_per_chunk: 1 }))]);

  test("is named with its reason, and the pass is a weaker one", () => {
    const candidate = resultsOf(9, [cellOf(of({ tokens_per_chunk: 4 }))]);
    const text = commentOf(baseline, candidate);
    expect(text).toMatch(
      /^### ⚠️ `chat` on llama: ITL P50 not judged \(different chunking: tokens per chunk differ by more than 5%\), not blocking$/m,
    );
    expect(text).toContain("**Merge not blocked: no regression in 2 checks.**");
    expect(text).toMatch(/would have seen a loss of ≥ \d+% \(Throughput\)\./);
    expect(text).toContain("**Undecided:** `chat` on llama: ITL P50 not judged (different chunking: ");
    const russian = commentOf(baseline, candidate, { language: "ru" });
    expect(russian).toMatch(/^### ⚠️ `chat`, llama: ITL P50 не проверен \(другая нарезка: .*\), не блокирует$/m);
    expect(russian).toContain("**Мерж не заблокирован: ни одной регрессии на 2 проверки.**");
  });

  test.each<[string, Readonly<Record<string, number>>]>([
    ["is gone", { output_throughput: 100 }],
    ["fell to 0", { output_throughput: 100, itl_p50: 0 }],
  ])("says of a value that %s that there is none", (_, summary) => {
    const candidate = resultsOf(9, [cellOf([1, 2, 3].map(() => trialOf(summary)))]);
    expect(commentOf(history([cell()]), candidate)).toMatch(
      /^### ⚠️ `chat` on llama: ITL P50 not judged \(the candidate has no such value\), not blocking$/m,
    );
    expect(commentOf(history([cell()]), candidate, { language: "ru" })).toContain(
      "**Не решено:** `chat`, llama: ITL P50 не проверен (у кандидата такого значения нет).",
    );
  });
});

describe("failures of a confirmation", () => {
  const whole = () => trialOf(steady);
  const dead = { valid: false, invalidReason: "server died" };
  const arms: NonNullable<Cell["confirmation"]> = [
    ...[1, 2, 3].map(() => ({ arm: "base" as const, trial: whole() })),
    ...[1, 2].map(() => ({ arm: "candidate" as const, trial: whole() })),
    { arm: "candidate", trial: dead },
  ];
  const slower = [1, 2, 3].map(() => trialOf({ ...steady, itl_p50: 10.6 }));
  const requests = slower[0]?.counts?.requests ?? 0;

  test("are those that the gate counted, a dead arm with all it would have been asked", () => {
    const text = commentOf(history([cell()]), resultsOf(9, [cellOf(slower, { confirmation: arms })]));
    expect(text).toContain(`**Failed requests:** \`chat\` on llama: ${requests} of ${6 * requests} requests.`);
    expect(text).toContain("Counted together with what was re-measured in turns with the baseline build");
    expect(text).not.toContain("Compared 3 trials");
  });

  test("without a history are the arms' alone", () => {
    const candidate = resultsOf(9, [cellOf([], { confirmation: arms })], { method: "paired" });
    const text = commentOf([], candidate, { policy: { ...defaultPolicy, method: "paired" } });
    expect(text).toContain(`**Failed requests:** \`chat\` on llama: ${requests} of ${3 * requests} requests.`);
    expect(text).not.toMatch(/\b0 pairs/);
  });
});

test("where nothing gates the headline says so, and no count of nothing is told", () => {
  const policy: GatePolicy = { ...defaultPolicy, phases: [] };
  const text = commentOf(history([cell()]), resultsOf(9, [cell()]), { policy });
  expect(text).toMatch(/^### 🟡 No verdict: none of the measured phases gates$/m);
  expect(text).not.toMatch(/\b0 (trials|checks)|Blocking: \./);
  const invalid = commentOf(history([cell()]), resultsOf(9, [cellOf([])]));
  expect(invalid).not.toMatch(/\b0 (trials|checks) /);
});

test("a new cell is not among those without regressions", () => {
  const candidate = resultsOf(9, [cell(), cell({ workload: "fresh" })]);
  const text = commentOf(history([cell(), cell({ workload: "code" })]), candidate);
  expect(text).toContain("**The rest:** the other workload: no regressions. New, nothing to compare with yet: `fresh`");
});

describe("a confirmation that did not finish", () => {
  const slower = [1, 2, 3].map(() => trialOf({ ...steady, itl_p50: 10.6 }));
  const told = (valid: boolean) => {
    const arms: NonNullable<Cell["confirmation"]> = [
      { arm: "base", trial: { ...trialOf(steady), valid } },
      { arm: "candidate", trial: trialOf(steady) },
    ];
    return commentOf(history([cell()]), resultsOf(9, [cellOf(slower, { confirmation: arms })], { method: "confirm" }));
  };

  test("is told of its log only where a server did not start", () => {
    expect(told(false)).toContain("its log says why servers of the confirmation did not start");
    expect(told(true)).not.toContain("its log says");
    expect(told(true)).toContain("To settle it, run the job again.");
  });
});

describe("a cell measured in turns with the base build", () => {
  const six = (value: number) => [1, 1.001, 0.999, 1, 1.001, 0.999].map((factor) => factor * value);
  const turns = (factor: number, extra: Partial<Cell> = {}) =>
    cellOf([], { confirmation: armsOf("itl_p50", six(10), six(10 * factor)), ...extra });
  const policy: GatePolicy = { ...defaultPolicy, blocking: ["itl_p50"], method: "paired" };
  const paired = (factor: number) => resultsOf(9, [turns(factor)], { method: "paired" });

  test("is compared without any history", () => {
    const text = commentOf([], paired(1), { policy });
    expect(text).toMatch(/^### ✅ No regressions$/m);
    expect(text).toMatch(/Measured in turns with the baseline build on the same GPU, \d pairs; would have seen/);
    expect(text).not.toMatch(/[Ff]irst baseline|\b0 (runs|trials)/);
  });

  test("fails by its pairs alone", () => {
    const text = commentOf([], paired(1.1), { policy });
    expect(text).toMatch(/^### ❌ `chat` on llama: ITL P50 10 → 11 ms \(\+10%\)$/m);
    expect(text).toMatch(/Measured in turns with the baseline build on the same GPU: slower in 3 of 3 pairs/);
    expect(text).toContain("<details><summary>A ready waiver</summary>");
    const russian = commentOf([], paired(1.1), { policy, language: "ru" });
    expect(russian).toContain("Мерили вперемежку со сборкой baseline на том же GPU: медленнее в 3 парах из 3");
  });

  test("clears what the history had suspected", () => {
    const slower = [10.6, 10.62, 10.58].map((itl) => trialOf({ ...steady, itl_p50: itl }));
    const candidate = cellOf(slower, { confirmation: armsOf("itl_p50", six(10), six(10)) });
    const text = commentOf(history([cell()]), resultsOf(9, [candidate], { method: "confirm" }), { policy });
    expect(text).toMatch(/^### ✅ No regressions$/m);
    expect(text).toContain(
      "Against the history 1 workload looked slower; re-measured in turns with the baseline build",
    );
    expect(text).toMatch(/looked \+6\.0% in the history; 0\.0% against the base build: unchanged/);
  });
});
