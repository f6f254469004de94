import { join } from "node:path";
import { GateError } from "../core/model/gate-error.ts";
import { codeBlock } from "../core/report/markdown.ts";
import { hasMeasurements } from "../gate/has-measurements.ts";
import { type Publication, publish } from "../gate/publish.ts";
import { commentOn } from "./action-comment.ts";
import type { Measured } from "./action-measure.ts";
import type { ActionParts } from "./action-parts.ts";
import type { ActionRun } from "./action-prepare.ts";
import { outputsOf, readerWords, reportFrame, write } from "./action-report.ts";
import { describeFailure } from "./guarded.ts";

/** How far a run came. */
export interface Attempt {
  readonly run?: ActionRun;
  readonly measured?: Measured;
}

/**
 * The job could not be done: one message on every surface, verdict `error`, exit code 1. What was measured is named. A gate
 * that blocks nobody yet does not fail here either.
 */
export async function reportFailure(parts: ActionParts, error: GateError, attempt: Attempt): Promise<number> {
  const { run } = attempt;
  const failure = new GateError(error.blame, error.message, { cause: error.cause, saved: savedFiles(error, attempt) });
  const message = describeFailure(failure);
  const words = readerWords(parts, run ?? { language: "en" });
  const report = (await fullReport(parts, failure, attempt)) ?? {
    summaries: [`### ${words.t("failure.heading")}\n\n${codeBlock(message)}`],
    outputs: {
      verdict: "error",
      regressions: "[]",
      "report-path": "",
      "results-path": failure.saved[0] ?? "",
      "comparison-path": "",
    },
  };
  const isDryRun = run?.task.kind === "gate" && run.rules.policy.dryRun;
  const annotations = [{ level: isDryRun ? ("warning" as const) : ("error" as const), message }];
  await publish({ ...report, annotations }, { surface: parts.surface, words });
  return isDryRun ? 0 : 1;
}

/** With what was measured so far; undefined where nothing was, and where there is no time: a cancelled job is killed in seconds. */
async function fullReport(
  parts: ActionParts,
  failure: GateError,
  { run, measured }: Attempt,
): Promise<Omit<Publication, "annotations"> | undefined> {
  if (run === undefined || measured === undefined || parts.signal.aborted) return undefined;
  try {
    const { message, saved } = failure;
    const written = await write(parts, run, { ...reportFrame(parts, run, measured), failure: { message, saved } });
    const comment = commentOn(parts, run, written.commentBody);
    return {
      ...(comment === undefined ? {} : { comment }),
      summaries: [written.commentBody],
      outputs: { ...outputsOf("error", written), "results-path": saved.length === 0 ? "" : written.results },
    };
  } catch (error) {
    // The failure before it is what the reader must see.
    parts.log(`The report of this failure could not be written: ${asGateError(error, parts.log).message}`);
    return undefined;
  }
}

/** A measurement that failed says itself where its results are; one that failed later had saved them. */
function savedFiles({ saved }: GateError, { run, measured }: Attempt): readonly string[] {
  if (run === undefined || measured === undefined || measured.failure !== undefined) return saved;
  return hasMeasurements(measured.candidate) ? [run.inputs.results ?? join(run.dir, "results.json")] : saved;
}

/** Anything but a GateError is a bug of ours: its stack goes to the log. */
export function asGateError(error: unknown, log: ActionParts["log"]): GateError {
  if (error instanceof GateError) return error;
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  log(stack ?? message);
  return new GateError(
    "bug",
    `Serving Gate failed by a fault of its own: ${message}. Please report it with this log.`,
    {
      cause: error,
    },
  );
}
