import { GateError } from "../core/model/gate-error.ts";
import type { PlannedWorkload } from "../core/model/plan.ts";
import { longestRequestTokens } from "../core/workload/longest.ts";
import type { ServerFacts } from "./ports.ts";

/** Refuses, before anything is measured, every workload whose longest request the server's context cannot hold. */
export function checkFit(workloads: readonly PlannedWorkload[], facts: ServerFacts, model: string): void {
  const contextTokens = contextOf(facts, model);
  if (contextTokens === undefined) return;
  const problems = workloads.flatMap(({ workload, schedule }) => {
    const { promptTokens, outputTokens } = longestRequestTokens(workload, schedule);
    const wholeTokens = promptTokens + outputTokens;
    if (wholeTokens <= contextTokens) return [];
    return [
      `config: workload ${workload.name} asks for up to ${wholeTokens} tokens in one request (${promptTokens} of prompt ` +
        `and ${outputTokens} of output), but ${JSON.stringify(model)} is served with a context of ${contextTokens}; ` +
        "shorten its prompt-tokens or output-tokens, or start the server with a larger context",
    ];
  });
  if (problems.length > 0) throw new GateError("config", problems.join("\n"));
}

/** A server may list its only model under another name than it is asked by. */
function contextOf({ models }: ServerFacts, model: string): number | undefined {
  const listed = models.find(({ id }) => id === model) ?? (models.length === 1 ? models[0] : undefined);
  return listed?.maxContextTokens;
}
