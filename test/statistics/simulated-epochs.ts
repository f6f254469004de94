/** A history in which the base branch changed, declared or not. */
import type { Comparison } from "../../src/core/model/comparison.ts";
import type { ResultsFile } from "../../src/core/model/results.ts";
import { judgeRun } from "../../src/core/verdict/judge-run.ts";
import { defaultPolicy } from "../fakes/gate-data.ts";
import { type Loss, type Machine, simulatedRun } from "./simulated-runs.ts";

export interface ChangedMain {
  readonly machine: Machine;
  readonly runs: number;
  /** Runs since the change. */
  readonly since: number;
  /** Of every time, as a ratio: above 0 main became slower. */
  readonly shift: number;
  /** The first run after it begins an epoch. */
  readonly isDeclared: boolean;
  /** The candidate's, beside what main has. */
  readonly loss?: Loss;
}

export function changedMain({ machine, runs, since, shift, isDeclared, loss }: ChangedMain): Comparison {
  const baseline = Array.from({ length: runs }, (_, day): ResultsFile => {
    const isAfter = day >= runs - since;
    const { results } = simulatedRun(machine, { day, trials: 3, slowMachine: isAfter ? shift : 0 });
    return isDeclared && day === runs - since ? { ...results, epoch: "accepted" } : results;
  });
  const kind = { day: 100, trials: 3, slowMachine: shift, ...(loss === undefined ? {} : { loss }) };
  const candidate = simulatedRun(machine, kind).results;
  return judgeRun({ baseline, candidate, policy: defaultPolicy });
}
