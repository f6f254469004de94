/** An artificial loss of speed, so that a regression of known size can be shown and tested. */

/** Ratios, 0 = as fast as ever. `itl` and `ttft` lengthen decode and prefill; `throughput` is the share of tokens per second lost, by both. */
export interface Slowdown {
  readonly itl: number;
  readonly ttft: number;
  readonly throughput: number;
}

export const noSlowdown: Slowdown = { itl: 0, ttft: 0, throughput: 0 };

const EXPECTED = "expected itl, ttft or throughput with a percentage, such as itl=15%,ttft=20%";

/** Reads "itl=15%,ttft=20%". A negative percentage is a gain. */
export function parseSlowdown(text: string): { slowdown: Slowdown } | { problems: readonly string[] } {
  const problems: string[] = [];
  const slowdown = { ...noSlowdown };
  for (const part of text.split(",").map((piece) => piece.trim())) {
    const [name = "", value = ""] = part.split("=");
    const ratio = parsePercentage(value);
    if (!isSlowable(name) || ratio === undefined) problems.push(`"${part}" is no slowdown; ${EXPECTED}`);
    else if (ratio <= -1 || (name === "throughput" && ratio >= 1)) problems.push(`"${part}" is too much; ${EXPECTED}`);
    else slowdown[name] = ratio;
  }
  return problems.length > 0 ? { problems } : { slowdown };
}

function isSlowable(name: string): name is keyof Slowdown {
  return Object.hasOwn(noSlowdown, name);
}

/** "15%" or "-5%" as 0.15 or -0.05. A bare 15 is refused: it would be 1500 %. */
function parsePercentage(text: string): number | undefined {
  return /^[+-]?\d+(?:\.\d+)?%$/.test(text) ? Number(text.slice(0, -1)) / 100 : undefined;
}
