import { tmpdir } from "node:os";
import { join } from "node:path";
import { GateError } from "../core/model/gate-error.ts";
import { serialiseResults } from "../core/model/result-file.ts";
import type { ResultsFile } from "../core/model/results.ts";
import type { Files } from "../gate/ports.ts";

export interface KeptResults {
  /** Where they are; absent where no place could be written. */
  readonly place?: string;
  /** Why they are not in the place that was wanted. */
  readonly failure?: GateError;
}

/** Writes results to a place that may have become unwritable since the run began; then to the temporary folder. */
export async function keepResults(
  files: Files,
  { wanted, spare = spareFile() }: { readonly wanted: string; readonly spare?: string },
  results: ResultsFile,
): Promise<KeptResults> {
  const text = serialiseResults(results);
  const failure = await failureOf(files.write(wanted, text));
  if (failure === undefined) return { place: wanted };
  return (await failureOf(files.write(spare, text))) === undefined ? { place: spare, failure } : { failure };
}

function spareFile(): string {
  return join(tmpdir(), `serving-gate-results-${process.pid}.json`);
}

async function failureOf(write: Promise<void>): Promise<GateError | undefined> {
  try {
    await write;
    return undefined;
  } catch (error) {
    if (error instanceof GateError) return error;
    throw error;
  }
}
