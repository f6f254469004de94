/**
 * The shape of `serving-gate/results@1` as a check: the one source of `parseResults` and of schema/results.schema.json.
 *
 * Unknown keys are ignored. Arrays of times are checked in one pass of our own: a history holds tens of millions of gaps.
 */
import * as z from "zod/mini";
import { RESULTS_SCHEMA } from "./results.ts";

const text = z.string();
const time = z.number().check(z.nonnegative());
const count = z.number().check(z.int(), z.nonnegative());

const numberLists = new WeakMap<object, { readonly minimum: number }>();

function numberList(what: string, minimum: number) {
  const isList = (value: unknown): value is number[] =>
    Array.isArray(value) && value.every((item) => typeof item === "number" && item >= minimum && Number.isFinite(item));
  const schema = z.custom<number[]>(isList, { error: `expected a list of ${what}` });
  numberLists.set(schema, { minimum });
  return schema;
}

const gapsMs = numberList("times in ms, zero or more", 0);
const tokenCounts = numberList("token counts, one or more each", 1);

const point = z.record(text, z.union([text, z.number()]));

const lengths = z.union([
  z.object({ kind: z.literal("fixed"), tokens: count }),
  z.object({ kind: z.literal("uniform"), low: count, high: count }),
  z.object({ kind: z.literal("normal"), mean: time, stddev: time }),
  z.object({ kind: z.literal("mix"), parts: z.array(z.object({ share: time, tokens: z.unknown() })) }),
  z.object({ kind: z.literal("replay"), tokens: tokenCounts }),
]);

const arrivals = z.union([
  z.object({ process: z.enum(["sequential", "burst"]) }),
  z.object({ process: z.literal("concurrency"), concurrency: count }),
  z.object({ process: z.enum(["uniform", "poisson"]), rate: time }),
  z.object({ process: z.literal("gamma"), rate: time, burstiness: time }),
  z.object({ process: z.literal("replay"), file: text }),
]);

const workload = z.object({
  name: text,
  title: z.exactOptional(text),
  purpose: z.exactOptional(text),
  purposeMetrics: z.exactOptional(z.array(text)),
  slo: z.exactOptional(
    z.object({ ttftMs: z.exactOptional(time), itlMs: z.exactOptional(time), e2eMs: z.exactOptional(time) }),
  ),
  requests: z.exactOptional(count),
  warmup: z.exactOptional(count),
  seed: z.exactOptional(z.number()),
  promptTokens: z.exactOptional(lengths),
  outputTokens: z.exactOptional(lengths),
  sharedPrefixTokens: z.exactOptional(count),
  task: z.exactOptional(z.literal("digits")),
  arrivals: z.exactOptional(arrivals),
});

const answered = z.object({
  outcome: z.literal("ok"),
  scheduledMs: time,
  sentMs: time,
  firstTokenMs: time,
  lastTokenMs: time,
  endMs: time,
  promptTokens: z.exactOptional(count),
  outputTokens: count,
  tokenGapsMs: gapsMs,
  tokensPerChunk: z.exactOptional(tokenCounts),
  finishReason: z.exactOptional(text),
  correct: z.exactOptional(z.boolean()),
});

const failed = z.object({
  outcome: z.literal("error"),
  scheduledMs: time,
  sentMs: time,
  endMs: time,
  error: z.object({
    kind: z.enum(["http", "connect", "timeout", "stream", "protocol", "aborted"]),
    status: z.exactOptional(z.number()),
    message: z.exactOptional(text),
  }),
});

const metricLimit = 1e12;

/** JSON has no NaN: writers of it leave null where a metric could not be computed, which is the same as leaving it out. */
const openSummary = z.pipe(
  z.record(text, z.nullable(z.number().check(z.lte(metricLimit)))),
  z.transform((values) => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null))),
);

/** A history holds a hundred thousand metrics: those of a good summary are checked in one pass, any other in detail. */
const summary = z.transform((value: unknown, context): Record<string, number | null> => {
  if (isSummary(value)) return value;
  const read = z.safeParse(openSummary, value);
  if (read.success) return read.data;
  context.issues.push(
    ...read.error.issues.map((issue) => ({ ...issue, input: value }) as (typeof context.issues)[number]),
  );
  return {};
});

function isSummary(value: unknown): value is Record<string, number> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((item) => typeof item === "number" && item <= metricLimit && Number.isFinite(item));
}

const trialCounts = z
  .object({ requests: count, failed: count, outputTokens: count, gaps: count })
  .check(z.refine(({ requests, failed }) => failed <= requests, "expected no more failed requests than requests"));

const trial = z.object({
  startedAt: z.exactOptional(text),
  boot: z.exactOptional(text),
  loadMs: z.exactOptional(time),
  seed: z.exactOptional(z.number()),
  valid: z.exactOptional(z.boolean()),
  invalidReason: z.exactOptional(text),
  warnings: z.exactOptional(z.array(text)),
  tokenSource: z.exactOptional(z.enum(["usage", "stream", "chunks"])),
  client: z.exactOptional(
    z.object({
      threads: z.exactOptional(z.number()),
      eventLoopDelayP99Ms: z.exactOptional(z.number()),
      latenessP99Ms: z.exactOptional(z.number()),
      burstSpreadMs: z.exactOptional(z.number()),
      coalescedShare: z.exactOptional(z.number()),
    }),
  ),
  serverMetrics: z.exactOptional(z.record(text, z.number())),
  requests: z.exactOptional(z.array(z.discriminatedUnion("outcome", [answered, failed]))),
  summary: z.exactOptional(summary),
  counts: z.exactOptional(trialCounts),
});

const server = z.object({
  command: z.exactOptional(text),
  args: z.exactOptional(text),
  version: z.exactOptional(text),
  url: z.exactOptional(text),
  backend: z.exactOptional(text),
});

const cell = z.object({
  phase: text,
  phaseTitle: z.exactOptional(text),
  phaseDescription: z.exactOptional(text),
  model: text,
  modelLabel: z.exactOptional(text),
  workload: text,
  point: z.exactOptional(point),
  scheduleHash: text,
  server: z.exactOptional(server),
  notes: z.exactOptional(z.array(text)),
  trials: z.array(trial),
  confirmation: z.exactOptional(z.array(z.object({ arm: z.enum(["base", "candidate"]), trial }))),
});

const environment = z.object({
  fingerprint: text,
  gpus: z.exactOptional(z.array(z.object({ name: text, memoryMiB: z.exactOptional(z.number()) }))),
  driver: z.exactOptional(text),
  host: z.exactOptional(text),
  cpu: z.exactOptional(text),
  cores: z.exactOptional(z.number()),
  os: z.exactOptional(text),
  node: z.exactOptional(text),
  client: z.exactOptional(text),
});

const source = z.object({
  repository: z.exactOptional(text),
  sha: z.exactOptional(text),
  ref: z.exactOptional(text),
  runId: z.exactOptional(text),
  pullRequest: z.exactOptional(z.number()),
});

/** A date and time without a zone is UTC: what a file says must not depend on where it is read. */
const moment = z.pipe(
  text.check(z.refine((value) => Number.isFinite(Date.parse(value)), "expected a date such as 2026-11-22T00:00:00Z")),
  z.transform((value) => (/T.*(?:Z|[+-]\d\d:?\d\d)$/i.test(value) || !value.includes("T") ? value : `${value}Z`)),
);

export const resultsSchema = z.object({
  schema: z.literal(RESULTS_SCHEMA),
  createdAt: moment,
  source: z.exactOptional(source),
  environment,
  status: z.enum(["accepted", "suspect", "rejected"]),
  epoch: z.exactOptional(text),
  method: z.exactOptional(z.enum(["history", "confirm", "paired"])),
  confirmEnded: z.exactOptional(z.enum(["decided", "time"])),
  workloads: z.exactOptional(z.array(workload)),
  cells: z.array(cell),
});

/** The JSON Schema of a results file, for schema/results.schema.json. */
export function resultsJsonSchema(): object {
  const schema = z.toJSONSchema(resultsSchema, {
    io: "input",
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => {
      const list = numberLists.get(zodSchema);
      if (list !== undefined)
        Object.assign(jsonSchema, { type: "array", items: { type: "number", minimum: list.minimum } });
      if (zodSchema === summary) {
        const { $schema, ...shape } = z.toJSONSchema(openSummary, { io: "input" });
        Object.assign(jsonSchema, shape);
      }
    },
  });
  return { title: RESULTS_SCHEMA, ...schema };
}
