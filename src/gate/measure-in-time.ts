/** One workload measured by a client that kept time: what a late one measured is measured once more. */
import { type MeasuredWorkload, measureWorkload, type WorkloadRun } from "./measure-workload.ts";
import { lossOf } from "./run-failure.ts";

/** A nonce for each pass: the second asks prompts that no cache has seen in the first. */
export type PassNonces = readonly [first: string, second: string];

/**
 * The first pass, or, where the client was late in it, a second one on the same boot; never a third. A second that kept
 * time counts and says that it is one; a second that was late too does not, for both reasons.
 *
 * A lost server is not asked again, and a cancelled run rejects.
 */
export async function measureInTime(
  run: Omit<WorkloadRun, "nonce">,
  [firstNonce, secondNonce]: PassNonces,
): Promise<MeasuredWorkload> {
  const first = await measureWorkload({ ...run, nonce: firstNonce });
  const { name } = run.planned.workload;
  const { lateReason } = first;
  if (lateReason === undefined || lossOf(run.server, name, first) !== undefined) return first;
  const text = `${name} is measured once more on the same server, with other prompts: ${lateReason}`;
  run.progress.report({ kind: "note", text });
  return afterLatePass(await measureWorkload({ ...run, nonce: secondNonce }), lateReason);
}

function afterLatePass(second: MeasuredWorkload, firstReason: string): MeasuredWorkload {
  const { trial, lateReason } = second;
  if (lateReason !== undefined) {
    const invalidReason = `in two passes; in the first ${firstReason}; in the second ${lateReason}`;
    return { ...second, trial: { ...trial, invalidReason } };
  }
  const told = `these are the numbers of a second pass on the same boot: in the first ${firstReason}`;
  return { ...second, trial: { ...trial, warnings: [told, ...(trial.warnings ?? [])] } };
}
