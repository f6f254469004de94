/** What is asked of the server, made before the first send: prompts cost time that no measurement should hold. */

import type { PlannedWorkload } from "../core/model/plan.ts";
import type { ScheduledRequest } from "../core/model/workload.ts";
import { promptText, requestNonce } from "../core/workload/prompt.ts";
import type { PlannedRequest } from "./send-on-schedule.ts";

export interface RequestsWanted {
  readonly planned: PlannedWorkload;
  readonly model: string;
  /** The trial's: 8 decimal digits or more. */
  readonly nonce: string;
  readonly charsPerToken: number;
  /** What the server counts beside a prompt's text; absent: nothing. */
  readonly overheadTokens?: number;
}

/**
 * Each request begins with a nonce of its own, so that no cache has seen it. Where a prefix is shared the trial's nonce
 * begins the prefix instead, warm-up included: it is the warm-up that brings the prefix into the cache.
 */
export function workloadRequests(wanted: RequestsWanted): {
  readonly warmup: readonly PlannedRequest[];
  readonly requests: readonly PlannedRequest[];
} {
  const { requests, warmup } = wanted.planned.schedule;
  return {
    requests: requests.map((scheduled, index) => plannedRequest(wanted, scheduled, index)),
    warmup: warmup.map((scheduled, index) => plannedRequest(wanted, scheduled, requests.length + index)),
  };
}

function plannedRequest(wanted: RequestsWanted, scheduled: ScheduledRequest, index: number): PlannedRequest {
  const { planned, model, charsPerToken, overheadTokens = 0 } = wanted;
  const { workload, schedule } = planned;
  const isShared = workload.sharedPrefixTokens !== undefined;
  const nonce = isShared ? wanted.nonce : requestNonce(wanted.nonce, index);
  return {
    scheduled,
    promptTokens: (workload.sharedPrefixTokens ?? 0) + scheduled.promptTokens,
    generation: {
      model,
      prompt: promptText({ workload, schedule, request: scheduled, nonce, charsPerToken, overheadTokens }),
      maxTokens: scheduled.outputTokens,
      sampling: workload.sampling,
      exactLength: true,
      ...(workload.task === "digits" && { keepText: true }),
    },
  };
}
