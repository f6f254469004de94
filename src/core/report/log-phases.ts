/** A results file as the serving log walks it: phases in order, their workloads, models side by side. */
import { cellSample, shownValues } from "../compare/cell-sample.ts";
import type { Cell, CellKey, ResultsFile, WorkloadInfo } from "../model/results.ts";
import { centre } from "../stats/centre.ts";
import { knownWorkloads } from "../workload/built-in.ts";
import { distinct, modelText } from "./comment-scope.ts";
import type { ReportInput } from "./input.ts";

export interface LogPhase {
  readonly id: string;
  /** As it was given: not escaped. */
  readonly title: string;
  readonly description?: string;
  /** Absent for the first phase. */
  readonly compareWith?: string;
  readonly headline?: string;
  readonly cells: readonly Cell[];
}

/** A workload of one phase, or one point of its sweep. */
export interface LogWorkload extends Pick<CellKey, "workload" | "point"> {
  readonly info: WorkloadInfo;
  readonly cells: readonly Cell[];
}

/** A column of the log's tables. */
export interface LogModel {
  readonly model: string;
  /** Escaped. */
  readonly label: string;
}

/** Phases that were measured: in the config's order, then those it does not know in the file's. */
export function logPhases({ candidate, phaseLinks }: ReportInput): readonly LogPhase[] {
  const measured = distinct(candidate.cells.map(({ phase }) => phase));
  const linked = (phaseLinks ?? []).map(({ id }) => id).filter((id) => measured.includes(id));
  const order = distinct([...linked, ...measured]);
  return order.map((id, index) => {
    const link = phaseLinks?.find((each) => each.id === id);
    const cells = candidate.cells.filter(({ phase }) => phase === id);
    const description = cells.find(({ phaseDescription }) => phaseDescription !== undefined)?.phaseDescription;
    const compareWith = link === undefined ? order[index - 1] : link.compareWith;
    return {
      id,
      title: link?.title ?? cells.find(({ phaseTitle }) => phaseTitle !== undefined)?.phaseTitle ?? id,
      cells,
      ...(description === undefined ? {} : { description }),
      ...(compareWith === undefined ? {} : { compareWith }),
      ...(link?.headline === undefined ? {} : { headline: link.headline }),
    };
  });
}

/** In the order of the file's definitions, then of its cells. */
export function logWorkloads(cells: readonly Cell[], { workloads = [] }: ResultsFile): readonly LogWorkload[] {
  const names = distinct([...workloads.map(({ name }) => name), ...cells.map(({ workload }) => workload)]);
  return names.flatMap((name) => {
    const ofName = cells.filter(({ workload }) => workload === name);
    const info = workloadInfo(name, workloads);
    return distinct(ofName.map(({ point }) => pointKey(point))).map((key) => {
      const ofPoint = ofName.filter(({ point }) => pointKey(point) === key);
      const point = ofPoint[0]?.point;
      return { workload: name, info, cells: ofPoint, ...(point === undefined ? {} : { point }) };
    });
  });
}

/** What a built-in workload is there to watch is known even where the file does not tell. */
function workloadInfo(name: string, workloads: readonly WorkloadInfo[]): WorkloadInfo {
  const purposeMetrics = knownWorkloads.find((each) => each.name === name)?.purposeMetrics;
  const told = workloads.find((each) => each.name === name) ?? { name };
  return purposeMetrics === undefined ? told : { purposeMetrics, ...told };
}

export function sameWorkload(a: Pick<CellKey, "workload" | "point">, b: Pick<CellKey, "workload" | "point">): boolean {
  return a.workload === b.workload && pointKey(a.point) === pointKey(b.point);
}

function pointKey(point: CellKey["point"]): string {
  return JSON.stringify(point ?? {});
}

/** In the order they were measured. */
export function logModels(cells: readonly Cell[]): readonly LogModel[] {
  return distinct(cells.map(({ model }) => model)).map((model) => ({
    model,
    label: modelText(cells.find((cell) => cell.model === model) ?? { model }),
  }));
}

/** One value a server start, as the comparison counts them. */
export function startValues(cell: Cell, metric: string): readonly number[] {
  return shownValues(cellSample(cell), metric);
}

/** The geometric mean over server starts; absent where no valid trial has it. */
export function cellValue(cell: Cell, metric: string): number | undefined {
  const values = startValues(cell, metric);
  return values.length === 0 ? undefined : centre(values);
}
