import { joinWords } from "../config/words.ts";
import type { Config, PhaseConfig } from "../model/config.ts";
import type { Plan, PlannedBoot } from "../model/plan.ts";
import type { Arrivals, TokenLengths } from "../model/results.ts";
import type { Workload } from "../model/workload.ts";
import { assumed } from "./estimate.ts";

/** The plan in words, for `validate`: what is started how often, what is measured on it, and how long it may take. */
export function describePlan(plan: Plan, config: Config): string {
  const lap = plan.boots.filter(({ trial }) => trial === 0);
  const started = plan.boots.filter(({ phase }) => phase.server.command !== undefined).length;
  const trials = counted(plan.trials, "trial");
  const starts = started === 0 ? "no server start" : counted(started, "server start");
  return [
    `${trials}, ${starts}, about ${shownMinutes(plan.estimatedMinutes)}`,
    ...(started > 0 ? [assumptions] : []),
    "",
    "Workloads:",
    ...plan.workloads.map((workload) => `  ${describeWorkload(workload)}`),
    "",
    "Each trial, from first to last, so that drift hits all phases and models alike:",
    ...lap.flatMap((boot, index) => describeBoot(boot, index + 1)),
    "",
    `Gate: ${gatedPhases(config)}; blocks on ${[...config.gate.blocking, "error_rate"].join(", ")}`,
    `Method: ${describeMethod(config)}${config.gate.dryRun ? "; a dry run: nothing is blocked" : ""}`,
    "",
  ].join("\n");
}

const assumptions = `  (assuming ${assumed.startSeconds} s a start, ${assumed.streamTokensPerSecond} tok/s a stream, ${assumed.serverTokensPerSecond} tok/s in all)`;

function describeWorkload(workload: Workload): string {
  const { name, requests, warmup, promptTokens, outputTokens, sharedPrefixTokens, arrivals, seed } = workload;
  const prefix = sharedPrefixTokens === undefined ? "" : `${sharedPrefixTokens} shared + `;
  return [
    `${name}: ${counted(requests, "request")}, prompts ${prefix}${describeLengths(promptTokens)} tokens`,
    `answers ${describeLengths(outputTokens)} tokens, ${describeArrivals(arrivals)}`,
    `${warmup} to warm up, seed ${seed}`,
  ].join(", ");
}

function describeLengths(lengths: TokenLengths): string {
  switch (lengths.kind) {
    case "fixed":
      return String(lengths.tokens);
    case "uniform":
      return `[${lengths.low}, ${lengths.high}]`;
    case "normal":
      return `${lengths.mean} ± ${lengths.stddev}`;
    case "mix":
      return lengths.parts
        .map(({ share, tokens }) => `${Math.round(share * 10_000) / 100}% ${describeLengths(tokens)}`)
        .join(" + ");
    case "replay":
      return `[${Math.min(...lengths.tokens)}, ${Math.max(...lengths.tokens)}]`;
  }
}

function describeArrivals(arrivals: Arrivals): string {
  switch (arrivals.process) {
    case "sequential":
      return "one after another";
    case "concurrency":
      return `${arrivals.concurrency} in flight`;
    case "uniform":
      return `one every ${Math.round(1_000_000 / arrivals.rate) / 1000} ms`;
    case "poisson":
      return `Poisson at ${arrivals.rate} per second`;
    case "gamma":
      return `gamma at ${arrivals.rate} per second, burstiness ${arrivals.burstiness}`;
    case "burst":
      return "all at once";
    case "replay":
      return `as in ${arrivals.file}`;
  }
}

function describeBoot({ phase, model, args, workloads }: PlannedBoot, number: number): string[] {
  const title = phase.title === phase.id ? phase.id : `${phase.id} (${phase.title})`;
  const served = model?.label ?? "the server's first model";
  return [
    `  ${number}. ${title}, ${served}: ${describeServer(phase)}`,
    `     arguments: ${args.length === 0 ? "none" : joinWords(args)}`,
    `     workloads: ${workloads.map(({ workload }) => workload.name).join(", ")}`,
    ...describeNotes(workloads),
  ];
}

/** Each note once, with its workloads where it is not about all that run on this start. */
function describeNotes(workloads: PlannedBoot["workloads"]): string[] {
  return [...new Set(workloads.flatMap(({ notes }) => notes))].map((note) => {
    const about = workloads.filter(({ notes }) => notes.includes(note)).map(({ workload }) => workload.name);
    return `     note${about.length === workloads.length ? "" : ` on ${about.join(", ")}`}: ${note}`;
  });
}

function describeServer({ server }: PhaseConfig): string {
  if (server.command === undefined) return `the server at ${server.url ?? "no URL given"}, running already`;
  const at = server.url === undefined ? "" : ` at ${server.url}`;
  return `start ${joinWords(server.command).replaceAll(/'(\{\{\w+\}\})'/g, "$1")}${at}`;
}

function gatedPhases({ phases, gate }: Config): string {
  const gated = gate.phases ?? [phases.at(-1)?.id ?? ""];
  return `${gated.length === 1 ? "phase" : "phases"} ${gated.join(", ")}`;
}

/** What decides, and what it may cost beside the plan. */
function describeMethod({ gate, phases }: Config): string {
  const { method, confirmMaxMinutes: minutes } = gate;
  const gating = phases.filter(({ id }, index) => gate.phases?.includes(id) ?? index === phases.length - 1);
  const hasBase = gating.every(({ server }) => server.command && (server.baseCommand ?? server.build));
  if (method === "history" || !hasBase) return "history, the stored runs decide";
  const base = gating.some(({ server }) => server.build !== undefined) ? "built from git" : "by base-command";
  const turns = `in turns with the base (${base}), for ${counted(minutes, "minute")} at most`;
  return method === "paired" ? `paired, all is measured ${turns}` : `what looks worse is measured again ${turns}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function shownMinutes(minutes: number): string {
  return minutes < 1 ? "a minute" : `${minutes < 10 ? minutes : Math.round(minutes)} minutes`;
}
