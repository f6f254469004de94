/** What is measured and how each figure is judged. */
export const streamCounts = [1, 16, 64, 256, 512];

/** Tokens of one flood in all: under the bytes that the client keeps before it reads them between other work. */
export function floodTokens(streams, isQuick) {
  const all = isQuick ? 400_000 : 1_000_000;
  // One stream of over 64 MB would be refused as endless.
  return Math.floor(Math.min(all, streams * 250_000) / streams);
}

export const pacedStreams = [16, 64, 256, 512];
export const rates = [50, 200, 1000];

export const trueTtftMs = 50;
export const trueItlMs = 10;

const within = 1.5;

/** "met", "met within 1.5x of net" or by how much it is missed; `worse` says in which direction is bad. */
export function judged(value, { goal, net, worse }) {
  const isMet = worse === "higher" ? value <= goal : value >= goal;
  if (isMet) return "met";
  const isLikeNet = net !== undefined && (worse === "higher" ? value <= net * within : value >= net / within);
  if (isLikeNet) return `met within ${within}x of net`;
  return `missed by ${shortNumber(Math.abs(value - goal))}`;
}

export function shortNumber(value) {
  if (value >= 1e6) return `${(value / 1e6).toFixed(2)} M`;
  if (value >= 1e4) return `${(value / 1e3).toFixed(0)} k`;
  return value >= 100 ? value.toFixed(0) : value.toFixed(2);
}

export const goals = {
  tokensPerSecond: (streams) => (streams === 64 ? 1_200_000 : undefined),
  ratioToRaw: 0.25,
  cpuPerMillion: 1.5,
  itlP50Ms: 0.1,
  itlP99Ms: (streams) => (streams <= 256 ? 1 : 2),
  ttftP50Ms: (streams) => (streams === 64 ? 1 : streams === 256 ? 3 : undefined),
  latenessP99Ms: (rate) => (rate === 1000 ? 1 : undefined),
};
