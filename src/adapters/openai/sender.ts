/** What sends a workload: threads, or the program's own. */
import type { Load, LoadEnd, LoadWatch } from "../../gate/ports.ts";
import type { ChannelToll } from "./channel.ts";
import type { ChunkExample } from "./chunk-template.ts";
import type { Target } from "./http-connection.ts";

/** Everything that is needed of a load before it starts: nothing is encoded and nothing connects later. */
export interface LoadWork {
  readonly target: Target;
  /** A request for a page: one on each connection opens it. */
  readonly opener: Uint8Array;
  readonly connections: number;
  readonly requests: readonly WorkRequest[];
  readonly timeoutMs: number;
  /** Of the events that this server streams. */
  readonly examples: readonly ChunkExample[];
}

export interface WorkRequest {
  /** Of the whole request, head and body. */
  readonly bytes: Uint8Array;
  readonly maxTokens: number;
  readonly keepsText: boolean;
}

export interface Sender {
  /** `threads`: among how many the load is shared. Rejects only where one died. */
  prepare(work: LoadWork & { readonly threads: number }, signal: AbortSignal): Promise<void>;
  /** Absent where the load is sent one by one. Rejects only where a thread died. */
  readonly load?: (load: Load, watch: LoadWatch) => Promise<LoadEnd>;
  /** Of what was sent since it was prepared. */
  toll(): ChannelToll;
  close(): void;
}
