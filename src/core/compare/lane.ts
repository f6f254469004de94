import type { LaneDifference } from "../model/comparison.ts";
import type { Cell } from "../model/results.ts";

/** A cell of one record, with what of the record decides whether two are comparable. */
export interface LanedCell {
  readonly cell: Cell;
  /** The stored string, never recomputed. */
  readonly fingerprint: string;
}

/** Whether two cells of the same key may be compared: asked the same, served with the same arguments on the same machine. */
export function sameLane(a: LanedCell, b: LanedCell): boolean {
  return (
    a.fingerprint === b.fingerprint && a.cell.scheduleHash === b.cell.scheduleHash && argsOf(a.cell) === argsOf(b.cell)
  );
}

export function laneDifferences(baseline: LanedCell, candidate: LanedCell): readonly LaneDifference[] {
  const differences: LaneDifference[] = [];
  const before = argsOf(baseline.cell);
  const after = argsOf(candidate.cell);
  if (before !== after) differences.push(...argumentDifferences(before, after));
  if (baseline.cell.scheduleHash !== candidate.cell.scheduleHash) {
    const hashes = { baseline: baseline.cell.scheduleHash, candidate: candidate.cell.scheduleHash };
    differences.push({ what: "schedule", ...hashes });
  }
  if (baseline.fingerprint !== candidate.fingerprint) {
    differences.push({ what: "environment", baseline: baseline.fingerprint, candidate: candidate.fingerprint });
  }
  return differences;
}

/** "not comparable because `--max-batch-size` 8 → 24". */
export function laneSentence(differences: readonly LaneDifference[]): string {
  const parts = differences.map(({ what, name, baseline, candidate }) => {
    const subject = name === undefined ? SUBJECTS[what] : `\`${name}\``;
    return `${subject} ${baseline ?? "(not given)"} → ${candidate ?? "(not given)"}`;
  });
  return `not comparable because ${parts.join(", ")}`;
}

const SUBJECTS = { argument: "server arguments", schedule: "schedule", environment: "environment" } as const;

export function argsOf(cell: Cell): string {
  return cell.server?.args ?? "";
}

function argumentDifferences(before: string, after: string): readonly LaneDifference[] {
  const [old, now] = [argumentsByName(before), argumentsByName(after)];
  const names = [...new Set([...old.keys(), ...now.keys()])].filter((name) => old.get(name) !== now.get(name));
  // The same arguments in another order are another lane all the same: servers may read them in order.
  if (names.length === 0) return [{ what: "argument", baseline: before, candidate: after }];
  return names.map((name) => {
    const [baseline, candidate] = [old.get(name), now.get(name)];
    return {
      what: "argument",
      ...(name === "" ? {} : { name }),
      ...(baseline === undefined ? {} : { baseline }),
      ...(candidate === undefined ? {} : { candidate }),
    };
  });
}

/** `--a 1 --b=2 --c` → a: "1", b: "2", c: "on"; words before the first name stand under "". */
function argumentsByName(args: string): ReadonlyMap<string, string> {
  const values = new Map<string, string[]>();
  let name = "";
  for (const word of args.split(/\s+/).filter((part) => part !== "")) {
    const [, flag, value] = /^(--?[A-Za-z][^=]*)(?:=(.*))?$/.exec(word) ?? [];
    name = flag ?? name;
    const given = flag === undefined ? word : value;
    values.set(name, [...(values.get(name) ?? []), ...(given === undefined ? [] : [given])]);
  }
  return new Map([...values].map(([key, words]) => [key, words.length === 0 ? "on" : words.join(" ")]));
}
