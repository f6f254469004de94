/** The server arguments of a phase: what all its servers share, what a model has of its own, what a workload has. */
import { joinWords, splitWords } from "../config/words.ts";
import type { Cell } from "../model/results.ts";
import { distinct } from "./comment-scope.ts";
import { type LogModel, logModels } from "./log-phases.ts";

/** Name → its words, the last given winning as it does for servers; flags have none. */
type Options = ReadonlyMap<string, readonly string[]>;

export interface PhaseArguments {
  /** As one would type them; empty where there are none in common. */
  readonly common: string;
  /** Names of the options in which models differ. */
  readonly names: readonly string[];
  readonly models: readonly ModelArguments[];
}

export interface ModelArguments extends LogModel {
  /** What most of the model's workloads were served with, of the names above. */
  readonly values: Options;
  /** Workloads with arguments, and so a server start, of their own. */
  readonly own: readonly OwnArguments[];
}

export interface OwnArguments {
  readonly workload: string;
  readonly point?: NonNullable<Cell["point"]>;
  /** Only those that differ from the model's other workloads. */
  readonly options: Options;
}

export function phaseArguments(cells: readonly Cell[]): PhaseArguments {
  const models = logModels(cells).map((model) => {
    const ofModel = cells.filter((cell) => cell.model === model.model);
    const usual = mostFrequent(ofModel.map(argsOf));
    return { ...model, usual: optionsOf(usual), text: usual, cells: ofModel };
  });
  const [first] = models;
  const names = distinct(models.flatMap(({ usual }) => [...usual.keys()]));
  const differing = names.filter((name) => models.some(({ usual }) => !sameValue(usual, first?.usual, name)));
  const shared = names.filter((name) => !differing.includes(name));
  return {
    // Untouched where everything is shared: an option may stand there twice for a reason.
    common: differing.length === 0 ? (first?.text ?? "") : optionsText(only(first?.usual ?? new Map(), shared)),
    names: differing,
    models: models.map(({ model, label, usual, cells: ofModel }) => ({
      model,
      label,
      values: only(usual, differing),
      own: ofModel.flatMap((cell) => ownArguments(cell, usual)),
    })),
  };
}

/** `--max-batch-size 16 --num-gpu-blocks 1024`. */
export function optionsText(options: Options): string {
  return [...options]
    .map(([name, values]) => [name, joinWords(values)].filter((part) => part !== "").join(" "))
    .join(" ");
}

function ownArguments(cell: Cell, usual: Options): readonly OwnArguments[] {
  const given = optionsOf(argsOf(cell));
  const own = only(
    given,
    [...given.keys()].filter((name) => !sameValue(given, usual, name)),
  );
  if (own.size === 0) return [];
  const { workload, point } = cell;
  return [{ workload, options: own, ...(point === undefined ? {} : { point }) }];
}

function argsOf({ server }: Cell): string {
  return server?.args ?? "";
}

/** The first of those that are equally frequent. */
function mostFrequent(texts: readonly string[]): string {
  const count = (text: string) => texts.filter((each) => each === text).length;
  return texts.reduce((best, text) => (count(text) > count(best) ? text : best), texts[0] ?? "");
}

/** `--a 1 --b=2 --c`; a negative number is a value, and words before the first name stand for themselves. */
function optionsOf(args: string): Options {
  const options = new Map<string, readonly string[]>();
  let current: string | undefined;
  for (const word of wordsOf(args)) {
    const [, name, value] = /^(--?[A-Za-z][^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    current = name ?? current;
    if (name !== undefined) options.set(name, value === undefined ? [] : [value]);
    else if (current === undefined) options.set(word, []);
    else options.set(current, [...(options.get(current) ?? []), word]);
  }
  return options;
}

/** What no shell could read is cut at blanks: it is shown, never run. */
function wordsOf(args: string): readonly string[] {
  const split = splitWords(args);
  return split.ok ? split.words : args.split(/\s+/).filter((part) => part !== "");
}

function only(options: Options, names: readonly string[]): Options {
  return new Map([...options].filter(([name]) => names.includes(name)));
}

function sameValue(a: Options, b: Options | undefined, name: string): boolean {
  const [first, second] = [a.get(name), b?.get(name)];
  return first !== undefined && second !== undefined && joinWords(first) === joinWords(second);
}
