import type { Gpu } from "../model/results.ts";

/** What must be equal for two results to be comparable, as far as the machine goes (DESIGN §1, lane). */
export interface FingerprintFacts {
  /** Those the server can see. */
  readonly gpus: readonly Gpu[];
  readonly driver?: string | undefined;
  /** Count only where there is no GPU: the CPU infers then. */
  readonly cpu: string;
  readonly cores: number;
  readonly modelRevision?: string | undefined;
  readonly clientVersion: string;
}

/**
 * A line a reader understands: `2x NVIDIA GeForce RTX 5080; driver 570; client 0`.
 *
 * The server's version and commit are no part of it: they are what is being tested.
 */
export function fingerprint(facts: FingerprintFacts): string {
  const { gpus, driver, modelRevision, clientVersion } = facts;
  const machine =
    gpus.length === 0
      ? [`${plain(facts.cpu)}, ${facts.cores} cores`]
      : [gpuText(gpus), ...(driver === undefined ? [] : [`driver ${major(driver)}`])];
  const model = modelRevision === undefined ? [] : [`model ${plain(modelRevision)}`];
  return [...machine, ...model, `client ${major(clientVersion)}`].join("; ");
}

/** Counted by name, in the order of the names: the order in which a driver lists them says nothing. */
function gpuText(gpus: readonly Gpu[]): string {
  const counts = new Map<string, number>();
  for (const { name } of gpus) counts.set(plain(name), (counts.get(plain(name)) ?? 0) + 1);
  const names = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  return names.map(([name, count]) => `${count}x ${name}`).join(" + ");
}

function major(version: string): string {
  return plain(version).split(".")[0] ?? "";
}

/** One space between words, and none of the marks that separate the parts. */
function plain(text: string): string {
  return text.replace(/[\s;]+/g, " ").trim();
}
