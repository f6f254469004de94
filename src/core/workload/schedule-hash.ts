import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type { Schedule, ScheduledRequest, Workload } from "../model/workload.ts";
import { promptText } from "./prompt.ts";

/** Prompts are hashed as they read at this length, so that a server's own tokenizer does not change the hash. */
const nominalCharsPerToken = 4;

/**
 * `sha256:…` over all that makes two runs of a workload the same work: the arrival process, send times (to 1e-6 ms),
 * lengths, prompt texts without their nonce, sampling, and the warm-up before. Name, title and SLO are not in it.
 */
export function scheduleHash(workload: Workload, drawn: Omit<Schedule, "hash">): string {
  const digest = sha256.create();
  const add = (value: unknown) => digest.update(utf8ToBytes(`${JSON.stringify(value)}\n`));
  const text = (request: ScheduledRequest) =>
    promptText({ workload, schedule: drawn, request, nonce: "", charsPerToken: nominalCharsPerToken });
  add(sortedEntries(hashedArrivals(workload)));
  add(sortedEntries(workload.sampling));
  for (const [part, requests] of [
    ["warm-up", drawn.warmup],
    ["measured", drawn.requests],
  ] as const) {
    add(part);
    for (const request of requests) {
      add([request.atMs?.toFixed(6) ?? null, request.promptTokens, request.outputTokens, text(request)]);
    }
  }
  return `sha256:${bytesToHex(digest.digest())}`;
}

/** A trace is its times and lengths, which are hashed with each request, and not the name of its file. */
function hashedArrivals({ arrivals }: Workload): object {
  return arrivals.process === "replay" ? { process: arrivals.process } : arrivals;
}

/** Keys in one order, however they were written. */
function sortedEntries(record: object): [string, unknown][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}
