/** One YAML file read as a whole: what it holds, or what is wrong with it. */
import type { Problem } from "../model/gate-error.ts";
import { EnoughProblems, MOST_PROBLEMS, type ProblemLog } from "./place.ts";
import { parseYamlTree, type YamlTree } from "./yaml-tree.ts";

export interface ReadDocument<T> {
  /** Worth something only without problems. */
  readonly value: T | undefined;
  /** In the order of their lines; those of files that the document names come last. */
  readonly problems: readonly Problem[];
}

export function readDocument<T>(
  text: string,
  file: string,
  read: (tree: YamlTree, log: ProblemLog) => T | undefined,
): ReadDocument<T> {
  const tree = parseYamlTree(text, file);
  const log: ProblemLog = { file, problems: [] };
  const value = readUntilEnough(() => read(tree, log));
  // What is no value at all has been said already; that it is also not what was expected there adds nothing.
  const broken = new Set(tree.problems.map(({ path }) => path));
  const problems = [...tree.problems, ...log.problems.filter(({ path }) => !broken.has(path))];
  return {
    value,
    problems: firstOf(
      problems.sort((a, b) => Number(a.file !== file) - Number(b.file !== file) || (a.line ?? 0) - (b.line ?? 0)),
      file,
    ),
  };
}

function readUntilEnough<T>(read: () => T | undefined): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof EnoughProblems) return undefined;
    throw error;
  }
}

function firstOf(problems: readonly Problem[], file: string): readonly Problem[] {
  if (problems.length <= MOST_PROBLEMS) return problems;
  const message = `the file has more than ${MOST_PROBLEMS} problems; mend what is named here first`;
  return [...problems.slice(0, MOST_PROBLEMS), { path: "", message, file }];
}
