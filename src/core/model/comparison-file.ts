import * as z from "zod/mini";
import { COMPARISON_SCHEMA, type Comparison, type Finding, type MetricRow, type Reason } from "./comparison.ts";
import { GateError, problemLines } from "./gate-error.ts";
import { schemaProblems } from "./schema-problems.ts";

/** Text of a comparison file; numbers carry 12 significant digits, so that engines of other versions write the same bytes. */
export function serialiseComparison(comparison: Comparison): string {
  const shorten = (_key: string, value: unknown) => (typeof value === "number" ? Number(value.toPrecision(12)) : value);
  return `${JSON.stringify(comparison, shorten, 2)}\n`;
}

/** A comparison that `compare` or another tool wrote; throws a GateError when it is something else. */
export function parseComparison(text: string, file: string): Comparison {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new GateError("config", `comparison: ${file} is not JSON; expected a file written by \`compare\``, { cause });
  }
  const schema =
    typeof document === "object" && document !== null ? (document as { schema?: unknown }).schema : undefined;
  if (schema !== COMPARISON_SCHEMA) {
    throw new GateError(
      "config",
      `comparison: schema of ${file} is ${JSON.stringify(schema) ?? "missing"}; expected "${COMPARISON_SCHEMA}": write it anew with \`compare\``,
    );
  }
  const parsed = comparisonSchema.safeParse(document);
  if (parsed.success) return completed(parsed.data);
  const problems = schemaProblems(parsed.error.issues, document).map((problem) => ({ ...problem, file }));
  throw new GateError("config", problemLines("comparison", problems));
}

const text = z.string();
const number = z.number();
const count = z.number().check(z.int(), z.nonnegative());
const findings = ["regressed", "improved", "unchanged", "inconclusive", "new", "missing", "invalid"] as const;
const serverMoves = ["preemptions", "kv_cache_use_max", "prefix_cache_hit_rate", "requests_waiting_max"] as const;
const point = z.record(text, z.union([text, number]));
const cellKey = { phase: text, model: text, workload: text, point: z.exactOptional(point) };

const row = z.object({
  metric: text,
  gated: z.boolean(),
  finding: z.enum(findings),
  baseline: z.exactOptional(number),
  candidate: z.exactOptional(number),
  change: z.exactOptional(number),
  interval: z.exactOptional(z.object({ low: number, high: number, confidence: number })),
  pAdjusted: z.exactOptional(number),
  minDetectable: z.exactOptional(number),
  stage: z.exactOptional(z.enum(["history", "confirmation"])),
  screen: z.exactOptional(z.object({ change: number, p: number })),
  confirmation: z.exactOptional(z.object({ pairs: count, worse: count, look: z.exactOptional(count) })),
  waiver: z.exactOptional(z.object({ ceiling: number, expires: text, issue: text, reason: text })),
  inherited: z.exactOptional(z.object({ since: text })),
  minEffect: z.exactOptional(number),
  baselineRuns: z._default(count, 0),
  candidateTrials: z._default(count, 0),
  reason: z.exactOptional(text),
  warnings: z._default(z.array(text), []),
  differs: z.exactOptional(
    z.array(
      z.object({
        what: z.enum(["argument", "schedule", "environment"]),
        name: z.exactOptional(text),
        baseline: z.exactOptional(text),
        candidate: z.exactOptional(text),
      }),
    ),
  ),
});

const warning = z.object({
  kind: z.enum([
    "few-runs",
    "one-boot",
    "host-differs",
    "load-bound",
    "purpose-worse",
    "summary-only",
    "void-trials",
    "missing",
    "baseline-slowed",
    "unstable-history",
    "waiver-stale",
    "waiver-exceeded",
    "confirmation-time",
  ]),
  cell: z.exactOptional(z.object(cellKey)),
  metric: z.exactOptional(text),
  values: z.exactOptional(z.record(text, z.union([text, number]))),
});

const cell = z.object({
  ...cellKey,
  phaseTitle: z.exactOptional(text),
  modelLabel: z.exactOptional(text),
  metrics: z.array(row),
  serverMoves: z.exactOptional(z.array(z.object({ name: z.enum(serverMoves), baseline: number, candidate: number }))),
});

/** What DESIGN §5 names is asked for; what we write beyond it may be absent. */
const comparisonSchema = z.object({
  schema: z.literal(COMPARISON_SCHEMA),
  verdict: z.enum(["pass", "fail", "inconclusive", "error"]),
  exitReason: z.enum(["ok", "first-baseline", "regression", "missing", "errors", "inconclusive", "error"]),
  reason: z._default(text, ""),
  cause: z.exactOptional(
    z.enum(["suspicious", "not-confirmed", "too-many-errors", "different-work", "nothing-judgeable", "no-power"]),
  ),
  policy: z.exactOptional(
    z.object({
      onInconclusive: z.enum(["warn", "fail", "pass"]),
      onMissing: z.enum(["fail", "warn", "pass"]),
      dryRun: z.boolean(),
    }),
  ),
  baselineRuns: z.exactOptional(count),
  cells: z.array(cell),
  warnings: z._default(z.array(warning), []),
});

/** A row that tells no reason has the plainest one of its finding. A reason we do not know is shown as it stands. */
const REASONS: Readonly<Record<Finding, Reason>> = {
  regressed: "significant",
  improved: "significant",
  unchanged: "within-min-effect",
  inconclusive: "noise",
  new: "no-baseline",
  missing: "not-measured",
  invalid: "no-valid-trial",
};

/** Findings that a test came to; the others say that there was none. */
const TESTED: readonly Finding[] = ["regressed", "improved", "unchanged"];

function completed(parsed: z.infer<typeof comparisonSchema>): Comparison {
  const cells = parsed.cells.map(({ metrics, ...rest }) => ({ ...rest, metrics: metrics.map(completedRow) }));
  const runs = cells.flatMap(({ metrics }) => metrics.map(({ baselineRuns }) => baselineRuns));
  return { ...parsed, cells, baselineRuns: parsed.baselineRuns ?? Math.max(0, ...runs) };
}

function completedRow({ reason, ...given }: z.infer<typeof row>): MetricRow {
  const isTested = TESTED.includes(given.finding) || given.interval !== undefined;
  return {
    ...(isTested ? { stage: "history" } : {}),
    ...given,
    reason: (reason ?? REASONS[given.finding]) as Reason,
  };
}
