import type { Comparison } from "../core/model/comparison.ts";
import { blockingRegressions } from "../core/report/annotations.ts";
import type { ReportInput } from "../core/report/input.ts";
import { type Words, words } from "../core/report/text.ts";
import { type WrittenReports, writeReports } from "../gate/write-reports.ts";
import type { Variables } from "./action-folder.ts";
import type { Measured } from "./action-measure.ts";
import type { ActionParts } from "./action-parts.ts";
import type { ActionRun } from "./action-prepare.ts";
import { phaseLinks, REPRODUCE_COMMAND } from "./report-context.ts";

/** What every report of this run says alike. */
export function reportFrame(
  { env }: ActionParts,
  run: ActionRun,
  { candidate, minutes, confirmationMinutes, obstacle }: Measured,
): ReportInput {
  const { config, configPath, context, task, rules } = run;
  const links = phaseLinks(config);
  const pullRequest = task.kind === "gate" ? task.pullRequest : undefined;
  return {
    candidate,
    policy: rules.policy,
    ...(links === undefined ? {} : { phaseLinks: links }),
    context: {
      reproduceCommand: reproduceCommand(env),
      baselineLabel: pullRequest?.baseRef ?? context.defaultBranch ?? "main",
      ...(configPath === undefined ? {} : { configPath }),
      ...(pullRequest === undefined ? {} : { pullRequest: pullRequest.number }),
      ...(minutes === undefined ? {} : { gpuMinutes: minutes }),
      ...(confirmationMinutes === undefined ? {} : { confirmationMinutes }),
      ...(obstacle === undefined ? {} : { noConfirmation: obstacle }),
      ...(rules.notice === undefined ? {} : { policyNotice: rules.notice }),
    },
  };
}

/** The very version that ran; a name that could not stand in a shell unquoted is not used. */
function reproduceCommand(env: Variables): string {
  const repository = env["GITHUB_ACTION_REPOSITORY"] ?? "";
  const ref = env["GITHUB_ACTION_REF"] ?? "";
  const isPlain = /^[\w.-]+\/[\w.-]+$/.test(repository) && /^[\w./-]+$/.test(ref);
  return isPlain ? `npx github:${repository}#${ref}` : REPRODUCE_COMMAND;
}

export function write(
  { world }: ActionParts,
  { dir, language }: ActionRun,
  input: ReportInput,
): Promise<WrittenReports> {
  return writeReports({ dir, language, input, renderer: world.renderer, files: world.files });
}

/** The language of one-line surfaces; with both, the report's first. */
export function readerWords({ world }: ActionParts, { language }: Pick<ActionRun, "language">): Words {
  const first = language === "both" ? "en" : language;
  return words(world.renderer.dictionary(first), first);
}

/** Outputs of action.yml but for comment-url, which publishing gives. */
export type ActionOutputs = Readonly<
  Record<"verdict" | "regressions" | "report-path" | "results-path" | "comparison-path", string>
>;

export function outputsOf(verdict: string, written: WrittenReports, comparison?: Comparison): ActionOutputs {
  return {
    verdict,
    regressions: JSON.stringify(comparison === undefined ? [] : blockingRegressions(comparison)),
    "report-path": written.comments[0] ?? "",
    "results-path": written.results,
    "comparison-path": written.comparison ?? "",
  };
}
