import type { AnsweredTrace } from "../model/trace.ts";

/** What one answered request says by itself. Times in ms, rates per second; a figure that cannot be computed is absent. */
export interface RequestFigures {
  readonly ttftMs: number;
  readonly e2eMs: number;
  /** The same two from the moment the schedule wanted it sent: what waited before the send is in them. */
  readonly responseTtftMs: number;
  readonly responseE2eMs: number;
  /** Absent for one-token answers and for answers that came whole in one chunk. */
  readonly tpotMs?: number;
  readonly decodeRate?: number;
  readonly outputSpeed?: number;
  /** Token-bearing chunks; absent where the gaps between them were not recorded. */
  readonly chunks?: number;
}

export function requestFigures(trace: AnsweredTrace): RequestFigures {
  const ttftMs = trace.firstTokenMs - trace.sentMs;
  const e2eMs = trace.lastTokenMs - trace.sentMs;
  const decodeMs = trace.lastTokenMs - trace.firstTokenMs;
  const decoded = trace.outputTokens - (trace.tokensPerChunk?.[0] ?? 1);
  const recorded = trace.tokenGapsMs.length > 0 || decodeMs === 0;
  return {
    ttftMs,
    e2eMs,
    responseTtftMs: trace.firstTokenMs - trace.scheduledMs,
    responseE2eMs: trace.lastTokenMs - trace.scheduledMs,
    ...(decodeMs > 0 && decoded > 0 ? { tpotMs: decodeMs / decoded, decodeRate: (1000 * decoded) / decodeMs } : {}),
    ...(e2eMs > 0 ? { outputSpeed: (1000 * trace.outputTokens) / e2eMs } : {}),
    ...(recorded ? { chunks: trace.tokenGapsMs.length + 1 } : {}),
  };
}
