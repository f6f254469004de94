import { GateError } from "../model/gate-error.ts";
import type { Cell, CellKey, ResultsFile } from "../model/results.ts";
import { argsOf } from "./lane.ts";

/** A cell is known by phase × model × workload × point: the order of its keys says nothing, and no point is an empty one. */
export function cellId({ phase, model, workload, point = {} }: CellKey): string {
  const parameters = Object.entries(point).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([phase, model, workload, parameters]);
}

export function cellKey({ phase, model, workload, point }: CellKey): CellKey {
  return { phase, model, workload, ...(point === undefined ? {} : { point }) };
}

/** `chunked_prefill on Qwen3, paged`: for sentences about one cell. */
export function cellName({
  phase,
  model,
  modelLabel,
  workload,
  point = {},
}: CellKey & { modelLabel?: string }): string {
  const parameters = Object.entries(point).map(([name, value]) => `${name} ${value}`);
  return [`${workload} on ${modelLabel ?? model}`, phase, ...parameters].join(", ");
}

/**
 * The cells of a results file by id. A cell that stands there twice, asked and served alike, was measured twice: its
 * trials are put together. One that was not alike cannot be told apart, and is refused.
 */
export function cellsById(results: ResultsFile): ReadonlyMap<string, Cell> {
  const cells = new Map<string, Cell>();
  for (const cell of results.cells) {
    const id = cellId(cell);
    const before = cells.get(id);
    cells.set(id, before === undefined ? cell : mergedCell(before, cell, results.createdAt));
  }
  return cells;
}

function mergedCell(before: Cell, cell: Cell, createdAt: string): Cell {
  if (before.scheduleHash === cell.scheduleHash && argsOf(before) === argsOf(cell)) {
    const arms = [...(before.confirmation ?? []), ...(cell.confirmation ?? [])];
    const confirmation = arms.length === 0 ? {} : { confirmation: arms };
    return { ...before, trials: [...before.trials, ...cell.trials], ...confirmation };
  }
  throw new GateError(
    "config",
    `results: the record of ${createdAt} holds ${cellName(cell)} twice, with different schedules or server arguments; ` +
      "expected one cell for each phase, model, workload and point. Give one of them a phase or a point of its own",
  );
}
