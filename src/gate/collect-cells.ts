import { joinWords } from "../core/config/words.ts";
import type { PlannedBoot, PlannedWorkload } from "../core/model/plan.ts";
import type { Cell, ServerInfo, Trial } from "../core/model/results.ts";
import type { RunningServer, ServerFacts } from "./ports.ts";

/** One trial with everything that says what it belongs to. */
export interface MeasuredTrial {
  readonly cell: Omit<Cell, "trials">;
  readonly trial: Trial;
}

/** The cells with these trials added, each to the cell of its phase, model, workload and point. */
export function withTrials(cells: readonly Cell[], measured: readonly MeasuredTrial[]): readonly Cell[] {
  const collected = new Map(cells.map((cell) => [cellKey(cell), cell]));
  for (const { cell, trial } of measured) {
    const known = collected.get(cellKey(cell));
    collected.set(cellKey(cell), { ...(known ?? cell), trials: [...(known?.trials ?? []), trial] });
  }
  return [...collected.values()];
}

function cellKey({ phase, model, workload, point = {} }: Omit<Cell, "trials">): string {
  return JSON.stringify([phase, model, workload, Object.entries(point).sort()]);
}

export interface ServedCell {
  readonly boot: PlannedBoot;
  readonly planned: PlannedWorkload;
  readonly model: string;
  readonly server: RunningServer;
  readonly facts: ServerFacts;
}

/** What a report needs to know of a cell besides its numbers. */
export function cellOf({ boot, planned, model, server, facts }: ServedCell): Omit<Cell, "trials"> {
  const { phase } = boot;
  return {
    phase: phase.id,
    phaseTitle: phase.title,
    ...(phase.description === undefined ? {} : { phaseDescription: phase.description }),
    model,
    modelLabel: boot.model?.label ?? model,
    workload: planned.workload.name,
    ...(planned.point === undefined ? {} : { point: planned.point }),
    scheduleHash: planned.schedule.hash,
    server: serverInfo(boot, server, facts),
    ...(planned.notes.length === 0 ? {} : { notes: planned.notes }),
  };
}

/** The url only of a server that is not ours: a free port says nothing. Absent arguments are no arguments. */
function serverInfo(boot: PlannedBoot, server: RunningServer, facts: ServerFacts): ServerInfo {
  return {
    ...(server.command === undefined ? {} : { command: server.command }),
    ...(boot.args.length === 0 ? {} : { args: joinWords(boot.args) }),
    ...(facts.version === undefined ? {} : { version: facts.version }),
    ...(server.owned ? {} : { url: server.url }),
    backend: facts.backend,
  };
}
