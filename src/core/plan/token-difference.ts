/** Do the server and the client mean the same tokens? */
import type { TokenSource } from "../model/trace.ts";

export interface CountedTokens {
  /** By the server's own counter, while the workload was measured. */
  readonly serverTokens: number;
  /** Requests that the server brought to an end meanwhile; absent where it does not tell. */
  readonly serverRequests?: number;
  /** Σ output tokens of the answered requests. */
  readonly clientTokens: number;
  readonly sent: number;
  readonly failed: number;
  readonly tokenSource?: TokenSource;
}

/** A difference up to here is said nowhere: counters of several processes are read one after the other. */
const tolerance = 0.005;

/** "the server counted …, likely because …"; undefined where both agree, or nothing was generated. */
export function tokenDifference(counted: CountedTokens): string | undefined {
  const { serverTokens, clientTokens } = counted;
  const most = Math.max(serverTokens, clientTokens);
  if (most === 0 || Math.abs(serverTokens - clientTokens) <= tolerance * most) return undefined;
  const percent = Math.round((1000 * Math.abs(serverTokens - clientTokens)) / (clientTokens || most)) / 10;
  const by = `${percent} % ${serverTokens > clientTokens ? "more" : "fewer"}`;
  const cause = serverTokens > clientTokens ? causeOfMore(counted) : causeOfFewer(counted);
  return `the server's counter says ${serverTokens} generated tokens, the answers hold ${clientTokens} (${by}): ${cause}`;
}

/** From the most to the least telling; the first that holds. */
function causeOfMore({ serverRequests, sent, failed, tokenSource }: CountedTokens): string {
  if (serverRequests !== undefined && serverRequests > sent) {
    return `somebody else used the server (it ended ${serverRequests} requests, ${sent} are ours); measure on a server of its own`;
  }
  if (failed > 0) return `likely what it generated for the ${failed} of ${sent} requests that failed`;
  if (tokenSource === "chunks") return "likely because it reports no usage and its chunks hold several tokens";
  return "likely somebody else used the server, or it generated what it does not stream or count in usage, such as reasoning";
}

function causeOfFewer({ tokenSource }: CountedTokens): string {
  return tokenSource === "chunks"
    ? "likely because it reports no usage and streams tokens in several chunks"
    : "likely its counter had not caught up yet, or it counts otherwise in its usage";
}
