import type { Problem } from "../model/gate-error.ts";
import type { YamlNode } from "./yaml-tree.ts";

/** One value of the document: what it is, where it stands, and where its faults are written down. */
export interface Place {
  readonly node: YamlNode;
  /** `workloads[2].arrivals.rate`; empty for the document. */
  readonly path: string;
  readonly line: number;
  readonly log: ProblemLog;
}

export interface ProblemLog {
  readonly file: string;
  readonly problems: Problem[];
}

/** A checked value, or undefined where a problem was written down. */
export type Read<T> = (place: Place) => T | undefined;

/** A value with its place, for checks that need the whole document. */
export interface Located<T> {
  readonly value: T;
  readonly place: Place;
}

/** As many are enough to begin with; aliases let a page of text stand for millions. */
export const MOST_PROBLEMS = 100;

/** Thrown by `refuse` where there are more: the rest of the document is not read. */
export class EnoughProblems extends Error {
  override readonly name = "EnoughProblems";
}

/** Writes a problem down. Messages continue the path: `is "fast"; expected …`. */
export function refuse({ path, line, log }: Place, message: string): undefined {
  log.problems.push({ path, message, file: log.file, line });
  if (log.problems.length > MOST_PROBLEMS) throw new EnoughProblems();
  return undefined;
}

/** `is "fast"; expected a number of requests per second, such as 4`. */
export function refuseValue(place: Place, expected: string): undefined {
  return refuse(place, `is ${shown(place.node)}; expected ${expected}`);
}

/** The value as a reader recognises it, at most a line of it. */
export function shown(node: YamlNode): string {
  switch (node.kind) {
    case "list":
      return node.items.length === 0 ? "an empty list" : `a list of ${node.items.length}`;
    case "map":
      return "a mapping";
    case "scalar": {
      if (node.value === null) return "empty";
      return typeof node.value === "string" ? quoted(node.value) : node.source;
    }
  }
}

/** In double quotes, control characters escaped, passwords in URLs hidden, cut after 60 characters. */
export function quoted(text: string): string {
  const safe = text.replace(/\/\/[^/\s]*@/g, "//***@");
  return JSON.stringify(safe.length > 60 ? `${safe.slice(0, 60)}…` : safe);
}
