/** Odd and no multiple of 5: multiplying by it, modulo a power of ten, gives each number a place of its own. */
const multiplier = 736_338_717_347n;
const range = 1_000_000_000_000n;
/** More workloads than a boot ever has, and as many again for their second passes. */
const passesPerBoot = 1000n;
const secondPasses = 500;

/**
 * Twelve digits for one workload on one boot, from the run's own (digits): no two of a run are alike, and they part from
 * the first digit on, so that no prompt of one begins like a prompt of another.
 */
export function trialNonce(runNonce: string, bootIndex: number, workloadIndex: number): string {
  const place = BigInt(runNonce) + BigInt(bootIndex) * passesPerBoot + BigInt(workloadIndex);
  return `${(place * multiplier) % range}`.padStart(12, "0");
}

/** The same for a second pass over the workload on the same boot. */
export function secondPassNonce(runNonce: string, bootIndex: number, workloadIndex: number): string {
  return trialNonce(runNonce, bootIndex, secondPasses + workloadIndex);
}
