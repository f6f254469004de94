import type { RunContext, Trigger } from "../adapters/github/event-context.ts";
import { GateError } from "../core/model/gate-error.ts";
import type { ActionInputs } from "./action-inputs.ts";

/** What this run is for. */
export type ActionTask =
  | { readonly kind: "record" }
  /** Without a pull request there is no comment; the verdict stands all the same. */
  | { readonly kind: "gate"; readonly pullRequest?: Extract<Trigger, { kind: "pull-request" }> };

/**
 * Events that run the code of the branch they name. Others (workflow_run, issue_comment, …) name the default branch while
 * the job may have checked out a pull request, so what they measure never becomes a baseline.
 */
const recordingEvents: readonly string[] = ["push", "schedule", "workflow_dispatch", "repository_dispatch"];

/** Records on the default branch, gates elsewhere, unless `mode` says otherwise. A pull request never becomes a baseline. */
export function taskOf(
  mode: ActionInputs["mode"],
  { trigger, defaultBranch }: Pick<RunContext, "trigger" | "defaultBranch">,
): ActionTask {
  if (trigger.kind === "pull-request-target") {
    throw new GateError(
      "config",
      "action: the event is pull_request_target, which would run a stranger's code on this machine with the repository's " +
        "secrets; expected pull_request (a fork's report then goes to the job summary). Change `on:` in the workflow.",
    );
  }
  if (trigger.kind === "pull-request") {
    if (mode !== "record") return { kind: "gate", pullRequest: trigger };
    throw new GateError(
      "config",
      `action: mode is "record" for pull request #${trigger.number}; a pull request never becomes a baseline. ` +
        'Use mode "auto" or "gate" here.',
    );
  }
  const obstacle = recordingObstacle(trigger, defaultBranch);
  if (mode === "record" && obstacle !== undefined) {
    throw new GateError("config", `action: mode is "record", but ${obstacle}. Use mode "auto", which gates there.`);
  }
  return { kind: mode !== "gate" && obstacle === undefined ? "record" : "gate" };
}

type BranchTrigger = Exclude<Trigger, { kind: "pull-request" | "pull-request-target" }>;

/** Why what is measured here is no baseline; undefined where it is one. */
function recordingObstacle(trigger: BranchTrigger, defaultBranch: string | undefined): string | undefined {
  const event = trigger.kind === "push" ? "push" : trigger.event;
  if (!recordingEvents.includes(event)) {
    return `the event is ${event || "unknown"}; baselines are recorded on ${recordingEvents.join(", ")} only`;
  }
  const { ref } = trigger;
  // A schedule runs on the default branch, and its event does not name it.
  if (event === "schedule") return undefined;
  const branches = defaultBranch === undefined ? ["main", "master"] : [defaultBranch];
  if (branches.some((branch) => ref === `refs/heads/${branch}`)) return undefined;
  return `this run is on ${ref || "no branch"}; baselines are recorded on ${branches.join(" or ")} only`;
}
