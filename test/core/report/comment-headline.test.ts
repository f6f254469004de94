import { describe, expect, test } from "@jest/globals";
import { createRenderer } from "../../../src/adapters/render/renderer.ts";
import type { Comparison, GateWarning, MetricRow } from "../../../src/core/model/comparison.ts";
import type { GatePolicy } from "../../../src/core/model/config.ts";
import { headline } from "../../../src/core/report/comment-headline.ts";
import type { ReportContext } from "../../../src/core/report/input.ts";
import { words } from "../../../src/core/report/text.ts";
import { defaultPolicy, resultsOf } from "../../fakes/gate-data.ts";

const en = words(createRenderer({ templatesDir: "templates" }).dictionary("en"), "en");
const waiver = { ceiling: 0.2, expires: "2026-12-31", issue: "#1", reason: "r" };

const row = (more: Partial<MetricRow> = {}): MetricRow => ({
  ...{ metric: "itl_p50", gated: true, finding: "unchanged", reason: "within-min-effect", stage: "history" },
  ...{ baseline: 20, candidate: 22, change: 0.1, minEffect: 0.05, baselineRuns: 5, candidateTrials: 3, warnings: [] },
  ...more,
});
const regressed = (more: Partial<MetricRow> = {}) => row({ finding: "regressed", reason: "significant", ...more });

interface Told {
  readonly rows: readonly MetricRow[];
  readonly comparison?: Partial<Comparison>;
  readonly context?: Partial<ReportContext>;
  readonly policy?: Partial<GatePolicy>;
}

function of({ rows, comparison = {}, context = {}, policy }: Told): string {
  const whole = { schema: "serving-gate/comparison@1", verdict: "pass", exitReason: "ok", reason: "" } as const;
  const cells = [{ phase: "p", model: "m", workload: "chat", metrics: rows }];
  const input = {
    candidate: resultsOf(9, []),
    comparison: { ...whole, baselineRuns: 5, cells, warnings: [], ...comparison },
    context: { reproduceCommand: "serving-gate", baselineLabel: "main", ...context },
    ...(policy === undefined ? {} : { policy: { ...defaultPolicy, ...policy } }),
  };
  return headline(input, en);
}

const inherited = (since: string) => regressed({ inherited: { since } });
const slowed = (since: string, change: number): GateWarning => ({
  kind: "baseline-slowed",
  values: { since, change },
});
const unsettled = row({ finding: "inconclusive", reason: "not-confirmed" });
const open = { verdict: "inconclusive", exitReason: "inconclusive", cause: "not-confirmed" } as const;

describe("the headline of a pass", () => {
  test.each<[string, Told, string]>([
    ["counts what was accepted", { rows: [regressed({ waiver })] }, "✅ No new regressions, 1 accepted"],
    [
      "says since when main is as slow itself",
      { rows: [inherited("4f2c9d1e8b7a")] },
      "✅ No regressions of this pull request's own; main itself has been slower since `4f2c9d1`",
    ],
    [
      "of a moment without a commit gives the day",
      { rows: [inherited("2026-11-20")] },
      "✅ No regressions of this pull request's own; main itself has been slower since 2026-11-20",
    ],
    [
      "of two moments gives none",
      { rows: [inherited("4f2c9d1e8b7a"), inherited("2026-11-20")] },
      "✅ No regressions of this pull request's own; main itself is slower",
    ],
    [
      "may be of both kinds",
      { rows: [regressed({ waiver }), inherited("2026-11-20")] },
      "✅ No new regressions: 1 accepted, 1 inherited from main",
    ],
    [
      "calls the unnamed baseline by its name",
      { rows: [inherited("2026-11-20")], context: { baselineLabel: undefined as never } },
      "✅ No regressions of this pull request's own; the baseline itself has been slower since 2026-11-20",
    ],
    [
      "tells of the largest slow-down of main itself",
      { rows: [row()], comparison: { warnings: [slowed("aaaaaaaaaaaa", 0.03), slowed("bbbbbbbbbbbb", 0.062)] } },
      "✅ No regressions · main itself has been 6% slower since `bbbbbbb`",
    ],
    [
      "but not a second time",
      { rows: [inherited("4f2c9d1e8b7a")], comparison: { warnings: [slowed("4f2c9d1e8b7a", 0.1)] } },
      "✅ No regressions of this pull request's own; main itself has been slower since `4f2c9d1`",
    ],
    [
      "tells whose rules it was judged by",
      { rows: [row()], context: { policyNotice: { kind: "changed", what: "gate" } } },
      "✅ No regressions · this pull request changes `gate:`, but was judged by main's",
    ],
    [
      "leaves rules that could not be read to a note",
      { rows: [row()], context: { policyNotice: { kind: "unread", why: "no such commit" } } },
      "✅ No regressions",
    ],
    [
      "is quiet where main has no rules yet",
      { rows: [row()], context: { policyNotice: { kind: "new" } } },
      "✅ No regressions",
    ],
    ["is the same in a dry run", { rows: [row()], policy: { dryRun: true } }, "✅ No regressions"],
    [
      "is no first baseline where the base build was measured beside it",
      {
        rows: [row({ stage: "confirmation", baselineRuns: 0 })],
        comparison: { exitReason: "first-baseline", baselineRuns: 0 },
      },
      "✅ No regressions",
    ],
  ])("%s", (_, told, text) => {
    expect(of(told)).toBe(text);
  });
});

describe("the headline of a run", () => {
  const failed = { verdict: "fail", exitReason: "regression" } as const;
  test.each<[string, Told, string]>([
    [
      "that fails leads with what blocks, not with what was accepted",
      {
        rows: [regressed({ waiver, change: 0.9, candidate: 38 }), regressed({ metric: "itl_p95" })],
        comparison: failed,
      },
      "❌ `chat` on m: ITL P95 20 → 22 ms (+10%)",
    ],
    [
      "in a dry run that would fail cannot be mistaken",
      { rows: [regressed()], comparison: failed, policy: { dryRun: true } },
      "🧪 Dry run · `chat` on m: ITL P50 20 → 22 ms (+10%)",
    ],
    [
      "that could not be decided blocks no more in a dry run than the policy would",
      { rows: [unsettled], comparison: open, policy: { dryRun: true } },
      "🟡 `chat` on m: ITL P50 20 → 22 ms (+10%): suspicious, the confirmation did not finish",
    ],
    [
      "whose confirmation took too long",
      {
        rows: [unsettled],
        comparison: { ...open, warnings: [{ kind: "confirmation-time", values: { minutes: 60 } }] },
      },
      "🟡 `chat` on m: ITL P50 20 → 22 ms (+10%): suspicious, the confirmation ran out of time",
    ],
    [
      "whose servers would not start in pairs",
      { rows: [row({ finding: "inconclusive", reason: "too-few-pairs" })], comparison: open },
      "🟡 `chat` on m: fewer than two whole pairs of server starts: too few to judge by",
    ],
    [
      "that learns and has a row which waits for its confirmation",
      {
        rows: [row({ finding: "inconclusive", reason: "too-few-pairs" }), row()],
        comparison: { ...open, warnings: [{ kind: "few-runs", values: { runs: 1, wanted: 5 } }] },
      },
      "🟡 `chat` on m: fewer than two whole pairs of server starts: too few to judge by",
    ],
    ["of another tool that tells no row", { rows: [], comparison: open }, "🟡 No verdict"],
  ])("%s", (_, told, text) => {
    expect(of(told)).toBe(text);
  });
});
