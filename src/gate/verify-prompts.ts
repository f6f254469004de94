/** Whether a workload's own prompts are as long as planned, asked of the server before they are measured. */
import type { PlannedWorkload } from "../core/model/plan.ts";
import { promptTextTokens } from "../core/workload/prompt.ts";
import {
  askUntilAnswered,
  type Calibrated,
  type Calibration,
  calibrationRequest,
  whyFailed,
} from "./calibrate-prompts.ts";
import type { PlannedRequest } from "./send-on-schedule.ts";
import { workloadRequests } from "./workload-requests.ts";

/**
 * So many of the workload's requests. Over eight seeds of the built-in workloads, in the tokenizers of GPT-2 and GPT-4o, their
 * mean prompt then misses the plan by 0.4 % (root mean square), at most 0.9 %. The calibration alone misses by up to 2.6 %.
 */
const sampleSize = 6;

/** As fine as the sample can tell. A coarse step also keeps a count that differs by a token from changing the texts. */
const step = 0.005;

/**
 * The calibration corrected for the workload's own texts: some read denser than the two prompts it was measured on.
 *
 * The sample and its nonces are the same in every run, so that baseline and candidate are asked the same. Rejects only when
 * cancelled; a server that cannot be asked is measured with the calibration as it is.
 */
export async function verifyPrompts(
  planned: PlannedWorkload,
  calibrated: Calibrated,
  calibration: Calibration,
): Promise<Calibrated> {
  const { charsPerToken, overheadTokens } = calibrated;
  const wanted = { planned, model: calibration.model, charsPerToken, overheadTokens };
  const { requests } = workloadRequests({ ...wanted, nonce: sampleNonce(planned.schedule.hash) });
  let asked = 0;
  let counted = 0;
  for (const request of sample(requests)) {
    const exchange = await askUntilAnswered(
      calibration,
      calibrationRequest(calibration.model, request.generation.prompt),
    );
    if (exchange.outcome === "error") return unverified(calibrated, whyFailed(exchange.error));
    if (exchange.promptTokens === undefined) return unverified(calibrated, "the server does not report prompt_tokens");
    asked += promptTextTokens(request.promptTokens, overheadTokens);
    counted += exchange.promptTokens - overheadTokens;
  }
  const ratio = counted > 0 ? Math.round(asked / counted / step) * step : 1;
  return { ...calibrated, charsPerToken: Math.round(charsPerToken * ratio * 1e6) / 1e6 };
}

function unverified(calibrated: Calibrated, why: string): Calibrated {
  return { ...calibrated, warnings: [...calibrated.warnings, `prompt lengths are calibrated, not verified: ${why}`] };
}

/**
 * One of each sixth of the requests by length, all of them where they are few. It is the one with the share of words nearest
 * to its sixth's mean: that share is most of what makes a text dense in tokens, and the mean of all is what is sought.
 */
function sample(requests: readonly PlannedRequest[]): readonly PlannedRequest[] {
  const byLength = [...requests].sort((a, b) => a.promptTokens - b.promptTokens);
  const size = Math.min(sampleSize, byLength.length);
  const cut = (part: number) => Math.floor((part * byLength.length) / size);
  return Array.from({ length: size }, (_, part) => byLength.slice(cut(part), cut(part + 1))).flatMap(typicalOf);
}

function typicalOf(requests: readonly PlannedRequest[]): readonly PlannedRequest[] {
  const shares = requests.map(({ generation: { prompt } }) => wordsAndMarks(prompt) / prompt.length);
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  const distances = shares.map((share) => Math.abs(share - mean));
  return requests.filter((_, index) => index === distances.indexOf(Math.min(...distances)));
}

function wordsAndMarks(text: string): number {
  return text.match(/[A-Za-z]+|[^A-Za-z\s\d]/g)?.length ?? 0;
}

/** Twelve digits of the schedule's hash: other prompts than those of any trial, and of any other workload. */
function sampleNonce(hash: string): string {
  const digits = BigInt(`0x${hash.replace("sha256:", "").slice(0, 16)}`).toString();
  return digits.padStart(12, "0").slice(-12);
}
