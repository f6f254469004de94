/** What `baseline calibrate` prints: plain text, in English like every message of the CLI. */
import type { CalibratedCell, CalibratedRow, Calibration, SpreadRow } from "../compare/calibration.ts";
import { type FittingSettings, GROWN_RUNS } from "../compare/calibration-settings.ts";
import { cellName } from "../compare/cell-key.ts";
import { PAIRS_A_LOOK } from "../compare/paired-sample.ts";
import { isUnstable } from "../compare/self-check.ts";

export interface CalibrationReport {
  readonly calibration: Calibration;
  /** Runs that were measured just now; absent where stored results were named. */
  readonly measured?: number;
  /** Of those measured, or named: rejected and suspect ones. */
  readonly leftOut: number;
  /** Only a part of the plan was measured. */
  readonly isPartial: boolean;
}

export function calibrationText(report: CalibrationReport): string {
  const { calibration } = report;
  return [
    paragraph(headLines(report)),
    paragraph([selfCheckLine(calibration)]),
    ...spreadTables(calibration),
    paragraph(legend(calibration)),
    ...settingsParts(calibration.settings),
    paragraph(LOWER_BOUND),
  ].join("\n");
}

const LOWER_BOUND = [
  "Runs of one hour look more alike than runs of a week, so the spread above is a lower bound: calibrate again at another",
  "hour. Runs add up in the store.",
];

const paragraph = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join("");

function headLines({ calibration, measured, leftOut, isPartial }: CalibrationReport): string[] {
  const { runs, otherRuns, trials, familySize, cuts, sharesBoots } = calibration;
  const lines = [
    ...(measured === undefined ? [] : [`${counted(measured, "run")} measured and accepted.`]),
    `The gate has ${counted(runs, "run")} to judge by; a candidate has ${counted(trials, "trial")}, and ` +
      `${counted(familySize, "blocking timing")} ${familySize === 1 ? "is" : "are"} tested together.`,
  ];
  if (leftOut > 0) lines.push(`${counted(leftOut, "record")} left out: rejected or suspect ones feed no baseline.`);
  if (otherRuns > 0) {
    lines.push(`${counted(otherRuns, "accepted record")} more: another machine or lane, before a change, or too old.`);
  }
  for (const { run, cell, metric, shift } of cuts) {
    const since = run.results.source?.sha?.slice(0, 12) ?? run.results.createdAt;
    const way = shift > 0 ? "worse" : "better";
    lines.push(
      `Since ${since} ${metric} of ${cellName(cell)} is ${way} by ${percent(Math.exp(Math.abs(shift)) - 1)}: ` +
        "the build or the machine changed, and the runs before that are not the baseline any more.",
    );
  }
  if (sharesBoots)
    lines.push("Trials of a run shared one server start and count as one: their own spread is not known.");
  if (isPartial)
    lines.push("Only a part of the plan was measured: the whole tests more at once and sees a little less.");
  return lines;
}

function selfCheckLine({ selfCheck }: Calibration): string {
  const { runs, alarms } = selfCheck;
  if (runs === 0) return "False alarms: not known; it takes three runs to judge each against the others.";
  const seen = `False alarms: ${alarms} of ${runs}, each run judged once against the others.`;
  if (!isUnstable(selfCheck)) return seen;
  return `${seen} That is more than 1 in 20: this machine is not stable enough to gate on as it is.`;
}

/** A table for each phase and model. */
function spreadTables({ cells, settings }: Calibration): string[] {
  if (cells.length === 0) {
    return [paragraph(["No blocking timing of a phase that gates was measured: see gate.blocking and gate.phases."])];
  }
  const hasPairs = settings.settledBy !== "history";
  return [...bySubject(cells)].map(([subject, members]) => {
    const rows = members.flatMap((cell) => cell.rows.map((row) => rowColumns(cell, row, hasPairs)));
    const table = [headings(hasPairs), ...rows];
    return paragraph([subject, ...tableLines(table, [0, 1, headings(hasPairs).length - 1])]);
  });
}

/** "paged, Llama", in the order in which they come. */
function bySubject(cells: readonly CalibratedCell[]): ReadonlyMap<string, readonly CalibratedCell[]> {
  const groups = new Map<string, CalibratedCell[]>();
  for (const cell of cells) {
    const subject = `${cell.key.phase}, ${cell.modelLabel ?? cell.key.model}`;
    groups.set(subject, [...(groups.get(subject) ?? []), cell]);
  }
  return groups;
}

function headings(hasPairs: boolean): readonly string[] {
  const spread = ["workload", "metric", "between runs", "within a run", "would see", "min-effect"];
  return [...spread, ...(hasPairs ? ["A/B pairs"] : []), ""];
}

function rowColumns(cell: CalibratedCell, row: CalibratedRow, hasPairs: boolean): readonly string[] {
  const subject = [workloadName(cell), row.metric];
  const gaps = hasPairs ? ["-"] : [];
  if (row.kind === "unjudged") return [...subject, "-", "-", "-", "-", ...gaps, `not judged: ${row.reason}`];
  const { runSd, trialSd, minDetectable, minEffect, pairs } = row;
  return [
    ...subject,
    fine(runSd),
    fine(trialSd),
    minDetectable === undefined ? "-" : percentUp(minDetectable),
    percent(minEffect),
    ...(hasPairs ? [pairs === undefined ? "-" : String(pairs)] : []),
    noteOf(row),
  ];
}

function noteOf({ isGateable, minDetectable }: SpreadRow): string {
  if (isGateable) return "";
  return minDetectable === undefined ? "not gateable with one trial" : "not gateable";
}

function workloadName({ key: { workload, point = {} } }: CalibratedCell): string {
  return [workload, ...Object.entries(point).map(([name, value]) => `${name} ${value}`)].join(", ");
}

/** Columns of text stand on the left, numbers on the right. */
function tableLines(rows: readonly (readonly string[])[], textColumns: readonly number[]): string[] {
  const width = (at: number) => Math.max(...rows.map((row) => row[at]?.length ?? 0));
  const padded = (cell: string, at: number) =>
    textColumns.includes(at) ? cell.padEnd(width(at)) : cell.padStart(width(at));
  return rows.map((row) => `  ${row.map(padded).join("  ")}`.trimEnd());
}

function legend({ trials, settings }: Calibration): string[] {
  const candidate = `a candidate of ${counted(trials, "trial")}`;
  const lines = [
    "between runs, within a run: standard deviation of the runs' centres, and of trials around the centre of their run.",
    `would see: the smallest loss that ${candidate} shows against this history alone in 80 of 100 pull`,
    "requests. Not gateable: that is over four times min-effect.",
  ];
  if (settings.settledBy === "history") return lines;
  return [
    ...lines,
    `A/B pairs: of base build and candidate, to see a loss of min-effect when it is measured in turns. ${PAIRS_A_LOOK} are run,`,
    `and ${MOST_PAIRS} where those leave it open.`,
  ];
}

const MOST_PAIRS = 2 * PAIRS_A_LOOK;

function settingsParts({ settledBy, metrics, choices, recommended }: FittingSettings): string[] {
  if (choices.length === 0) return [];
  const isYoung = choices.some(({ laterMinEffect }) => laterMinEffect !== undefined);
  const heading = [
    ...(settledBy === "paired" ? [] : ["trials"]),
    "min-effect",
    ...(isYoung ? [`with ${GROWN_RUNS} such runs`] : []),
  ];
  const rows = choices.map(({ trials, minEffect, laterMinEffect }) => [
    ...(trials === undefined ? [] : [String(trials)]),
    effectText(minEffect),
    ...(isYoung ? [effectText(laterMinEffect)] : []),
  ]);
  const intro = [
    `To see a loss of min-effect in ${metrics.join(" and ")} of every workload it must be at least`,
    `(${HOW[settledBy]}):`,
  ];
  return [
    paragraph([...intro, ...tableLines([heading, ...rows], []), ...(isYoung ? GROWING : [])]),
    paragraph(recommended === undefined ? UNFIT : [SETTINGS, "", ...yamlLines(recommended)]),
  ];
}

const HOW = {
  history: "with as many trials in every run of main as in a candidate",
  confirm: `screened by the history and then seen in ${MOST_PAIRS} pairs`,
  paired: `in ${MOST_PAIRS} pairs`,
} as const;
const GROWING = [
  `with ${GROWN_RUNS} such runs: once the history has as many that spread alike. Where that will do, gather runs rather than`,
  "raise min-effect.",
];
const SETTINGS = "Settings that fit; a larger min-effect is seen as well, and lets more pass:";
const UNFIT = [
  "Up to 100% nothing is. Quieten the machine first (no other jobs on it, locked clocks), and look at what makes the",
  "server itself differ from start to start.",
];

function effectText(minEffect: number | undefined): string {
  return minEffect === undefined ? "none" : percent(minEffect);
}

/** To be copied into the config. */
function yamlLines({ trials, minEffect }: NonNullable<FittingSettings["recommended"]>): string[] {
  return [...(trials === undefined ? [] : [`trials: ${trials}`]), "gate:", `  min-effect: ${percent(minEffect)}`];
}

/** A spread: "0.31%", "12.4%". */
function fine(sd: number | undefined): string {
  if (sd === undefined) return "-";
  return `${(sd * 100).toFixed(sd < 0.0995 ? 2 : 1)}%`;
}

/** What could be seen, rounded up so that it never promises more. */
function percentUp(ratio: number): string {
  return `${Math.ceil(ratio * 100 - 1e-9)}%`;
}

function percent(ratio: number): string {
  return `${Number((ratio * 100).toFixed(1))}%`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
