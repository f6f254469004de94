import type { Comparison } from "../core/model/comparison.ts";
import type { RecordStatus, ResultsFile } from "../core/model/results.ts";
import { type Annotation, annotations } from "../core/report/annotations.ts";
import type { ReportInput } from "../core/report/input.ts";
import { code } from "../core/report/markdown.ts";
import { exitCode, wouldBlock } from "../core/verdict/exit-code.ts";
import { judgeRun } from "../core/verdict/judge-run.ts";
import { publish } from "../gate/publish.ts";
import { type Recorded, recordedAs } from "../gate/record-status.ts";
import { commentOn } from "./action-comment.ts";
import type { Measured } from "./action-measure.ts";
import type { ActionParts } from "./action-parts.ts";
import type { ActionRun } from "./action-prepare.ts";
import { outputsOf, readerWords, reportFrame, write } from "./action-report.ts";

interface Judged {
  readonly input: ReportInput;
  readonly comparison: Comparison;
}

/** Judges what was measured, writes the reports and tells every surface; the process's exit code. */
export async function conclude(parts: ActionParts, run: ActionRun, measured: Measured): Promise<number> {
  const { rules } = run;
  // A run of the branch itself is held against what was accepted of it: what it has inherited is its own.
  const isRecord = run.task.kind === "record";
  const baseline = isRecord ? run.baseline.filter(({ status }) => status !== "suspect") : run.baseline;
  const { policy, phases, waivers } = rules;
  const comparison = judgeRun({
    ...{ baseline, candidate: measured.candidate, policy, waivers },
    ...(phases === undefined ? {} : { gatedPhases: phases }),
  });
  const input: ReportInput = { ...reportFrame(parts, run, measured), baseline, comparison };
  return isRecord ? record(parts, run, { input, comparison }) : gate(parts, run, { input, comparison });
}

async function gate(parts: ActionParts, run: ActionRun, { input, comparison }: Judged): Promise<number> {
  const written = await write(parts, run, await withDryRuns(input, comparison, run));
  const words = readerWords(parts, run);
  const comment = commentOn(parts, run, written.commentBody);
  await publish(
    {
      ...(comment === undefined ? {} : { comment }),
      summaries: [written.commentBody],
      annotations: annotations(comparison, { words, policy: run.rules.policy }),
      outputs: outputsOf(comparison.verdict, written, comparison),
    },
    { surface: parts.surface, words },
  );
  parts.log(`Verdict: ${comparison.verdict}. ${comparison.reason}`);
  return exitCode(comparison, run.rules.policy) === 0 ? 0 : 1;
}

/** While the gate blocks nobody, its reports count what it would have done. */
async function withDryRuns(input: ReportInput, comparison: Comparison, run: ActionRun): Promise<ReportInput> {
  const { policy } = run.rules;
  if (!policy.dryRun) return input;
  const note = { runId: run.context.runId, wouldBlock: wouldBlock(comparison, policy) };
  const dryRuns = await run.store.noteDryRun(note);
  return dryRuns === undefined ? input : { ...input, context: { ...input.context, dryRuns } };
}

/** The default branch blocks nobody: its run becomes history, and a slower one is said, not failed. */
async function record(parts: ActionParts, run: ActionRun, { input, comparison }: Judged): Promise<number> {
  const recorded = recordedAs(input.candidate, comparison);
  const { status } = recorded;
  const candidate = recordOf(input.candidate, run, recorded);
  const { path } = await run.store.add(candidate);
  await run.store.prune(run.config.baseline.keep);
  const written = await write(parts, run, { ...input, candidate });
  const words = readerWords(parts, run);
  const line = words.t(`record.${status}`, { path: code(path) });
  const [log, ...otherLogs] = await Promise.all(written.servingLogs.map((file) => parts.world.files.read(file)));
  const isRejected = status === "rejected";
  await publish(
    {
      summaries: [[line, log, ...otherLogs].join("\n\n"), [line, log].join("\n\n"), line],
      annotations: recordAnnotations(status, comparison),
      outputs: outputsOf(status === "accepted" ? "pass" : "fail", written, comparison),
    },
    { surface: parts.surface, words },
  );
  parts.log(`Recorded as ${status}: ${path}`);
  return isRejected ? 1 : 0;
}

/** A record stays in its own repository, whatever a results file says that was handed in. */
function recordOf(candidate: ResultsFile, { context }: ActionRun, recorded: Recorded): ResultsFile {
  return { ...candidate, ...recorded, source: { ...candidate.source, repository: `${context.owner}/${context.repo}` } };
}

function recordAnnotations(status: RecordStatus, { verdict, reason }: Comparison): readonly Annotation[] {
  if (status === "rejected") {
    return [{ level: "error", message: `Kept as rejected, so that no pull request is compared with it. ${reason}` }];
  }
  if (status === "suspect") {
    const message = `Slower than the accepted runs before it, so no pull request is compared with it: ${reason} Accept it by a waiver, or fix it.`;
    return [{ level: "warning", message }];
  }
  return verdict === "fail" ? [{ level: "warning", message: `Compared with the runs before it: ${reason}` }] : [];
}
