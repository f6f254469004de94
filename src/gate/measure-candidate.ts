import { grossLoss } from "../core/compare/gross-loss.ts";
import type { Config, GatePolicy } from "../core/model/config.ts";
import { GateError } from "../core/model/gate-error.ts";
import type { ResultsFile } from "../core/model/results.ts";
import { makePlan } from "../core/plan/make-plan.ts";
import type { BaseSide } from "./base-side.ts";
import { confirm } from "./confirm.ts";
import { emptyResults, type RunOptions, type RunOutcome, type RunPorts, runPlan } from "./run-plan.ts";

/** What a candidate is going to be judged by: lets it be measured no longer than that takes. */
export interface Gating {
  readonly baseline: readonly ResultsFile[];
  readonly policy: GatePolicy;
  /** Absent: every phase. */
  readonly phases: readonly string[] | undefined;
  /** Absent: no base build can be started, and the history alone decides. */
  readonly base?: BaseSide;
}

export interface MeasuredCandidate extends RunOutcome {
  /** Of the A/B confirmation; absent where there was none. */
  readonly confirmationMinutes?: number;
}

type Options = Omit<RunOptions, "calibrations" | "isEnough">;

/** A run of the plan; with `gating` it stops early at a gross loss, and what looks worse is measured beside the base build. */
export async function measureCandidate(
  { config, gating }: { readonly config: Config; readonly gating?: Gating },
  ports: RunPorts,
  options: Options,
): Promise<MeasuredCandidate> {
  const whole: RunOptions = { ...options, calibrations: new Map() };
  if (gating === undefined) return runPlan(makePlan(config), config, ports, whole);
  const measured =
    gating.policy.method === "paired"
      ? { results: (await emptyResults(config, ports, options))([], "accepted") }
      : await runPlan(makePlan(config), config, ports, {
          ...whole,
          isEnough: (results) => grossLoss(comparing(gating, results)),
        });
  if (measured.failure !== undefined || gating.policy.method === "history") return measured;
  return confirmed(measured.results, { config, gating }, ports, whole);
}

async function confirmed(
  measured: ResultsFile,
  { config, gating }: { readonly config: Config; readonly gating: Gating },
  ports: RunPorts,
  options: RunOptions,
): Promise<MeasuredCandidate> {
  const { base, baseline, policy, phases: gatedPhases } = gating;
  if (base === undefined) {
    if (policy.method === "auto") return { results: measured };
    throw new GateError("bug", `gate: method ${policy.method} was asked for without a base build; please report this`);
  }
  const plan = makePlan(config);
  const { results, minutes, failure } = await confirm(
    { measured, baseline, config, policy, gatedPhases, plan, base },
    ports,
    options,
  );
  return { results, confirmationMinutes: minutes, ...(failure === undefined ? {} : { failure }) };
}

function comparing({ baseline, policy, phases }: Gating, candidate: ResultsFile) {
  return { baseline, candidate, policy, ...(phases === undefined ? {} : { gatedPhases: phases }) };
}
