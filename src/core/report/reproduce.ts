/** The command that measures again what the comment is about. */
import type { ComparedCell, Comparison } from "../model/comparison.ts";
import type { Cell, ResultsFile, Trial } from "../model/results.ts";
import { distinct, sameCell } from "./comment-scope.ts";
import type { ReportContext } from "./input.ts";

interface Scope {
  readonly comparison: Comparison;
  readonly context: ReportContext;
}

/** As a shell takes it: pasted, it runs. Every workload needs no naming. */
export function reproduceCommand(cells: readonly ComparedCell[], { comparison, context }: Scope): string {
  const { reproduceCommand: command, configPath } = context;
  const workloads = distinct(cells.map(({ workload }) => workload));
  const isAll =
    workloads.length > 1 && workloads.length === distinct(comparison.cells.map(({ workload }) => workload)).length;
  const flags = [
    ...(configPath === undefined ? [] : ["-c", configPath]),
    ...distinct(cells.map(({ phase }) => phase)).flatMap((phase) => ["--phase", phase]),
    ...distinct(cells.map(({ modelLabel, model }) => modelLabel ?? model)).flatMap((model) => ["--model", model]),
    ...(isAll ? [] : workloads.flatMap((workload) => ["--workload", workload])),
  ];
  return [command, "run", ...flags.map(shellWord)].join(" ");
}

/**
 * Unquoted where every POSIX shell takes it literally, else in single quotes; with control characters as $'…' (POSIX.1-2024:
 * bash, zsh, ksh, busybox), which keeps the command on one line: nothing in a name can begin a line of a log.
 */
export function shellWord(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  if (!UNPRINTED.test(word)) return `'${word.replaceAll("'", "'\\''")}'`;
  return `$'${word.replaceAll("\0", "").replace(/[\\']/g, "\\$&").replace(UNPRINTED_EACH, escapedBytes)}'`;
}

/** Control characters, and the other two that some readers take for the end of a line. */
const UNPRINTED = /[\p{Cc}\u2028\u2029]/u;
const UNPRINTED_EACH = /[\p{Cc}\u2028\u2029]/gu;

function escapedBytes(character: string): string {
  if (character === "\n") return "\\n";
  // As UTF-8: "%C2%85".
  return encodeURIComponent(character).replace(
    /%(..)/g,
    (_, byte: string) => `\\${Number.parseInt(byte, 16).toString(8).padStart(3, "0")}`,
  );
}

/** What measuring these cells took, loads included, minutes; absent where the trials keep no requests. */
export function measuredMinutes(cells: readonly ComparedCell[], candidate: ResultsFile): number | undefined {
  const measured = candidate.cells.filter((cell) => cells.some((each) => sameCell(each, cell)));
  const trials = measured.flatMap((cell) => cell.trials);
  if (trials.every(({ requests }) => requests === undefined)) return undefined;
  const workMs = trials.reduce((sum, trial) => sum + spanMs(trial), 0);
  return (workMs + loadMs(measured)) / 60_000;
}

function spanMs({ requests = [] }: Trial): number {
  return requests.reduce((latest, { endMs }) => Math.max(latest, endMs), 0);
}

/** A boot that serves several workloads is loaded once. */
function loadMs(cells: readonly Cell[]): number {
  const boots = new Map<string | Trial, number>();
  for (const trial of cells.flatMap((cell) => cell.trials)) boots.set(trial.boot ?? trial, trial.loadMs ?? 0);
  return [...boots.values()].reduce((sum, ms) => sum + ms, 0);
}
