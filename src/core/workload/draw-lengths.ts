import type { TokenLengths } from "../model/results.ts";
import type { Random } from "../stats/random.ts";

/** Token counts of `count` requests, each at least 1. A mix has exact shares, in an order of the dice's choosing; a trace is read from its start. */
export function drawLengths(lengths: TokenLengths, count: number, random: Random): number[] {
  switch (lengths.kind) {
    case "fixed":
      return Array.from({ length: count }, () => lengths.tokens);
    case "uniform":
      return Array.from({ length: count }, () => random.int(lengths.low, lengths.high));
    case "normal":
      return Array.from({ length: count }, () =>
        Math.max(1, Math.round(lengths.mean + lengths.stddev * random.normal())),
      );
    case "mix": {
      const counts = exactShares(
        lengths.parts.map(({ share }) => share),
        count,
      );
      const drawn = lengths.parts.flatMap(({ tokens }, part) => drawLengths(tokens, counts[part] ?? 0, random));
      return random.shuffle(drawn);
    }
    case "replay":
      return Array.from({ length: count }, (_, index) => lengths.tokens[index % lengths.tokens.length] ?? 1);
  }
}

/**
 * Whole counts nearest to the shares (which sum to 1), by largest remainder. A tie goes to the part that has fewer so
 * far: two requests of a 75 : 25 mix are one of each, so that a short warm-up sees every shape it can.
 */
export function exactShares(shares: readonly number[], count: number): number[] {
  const parts = shares.map((share, index) => {
    const exact = toNineDigits(share * count);
    return { index, whole: Math.floor(exact), remainder: toNineDigits(exact - Math.floor(exact)) };
  });
  const left = count - parts.reduce((sum, { whole }) => sum + whole, 0);
  const luckiest = [...parts].sort((a, b) => b.remainder - a.remainder || a.whole - b.whole || a.index - b.index);
  for (const part of luckiest.slice(0, left)) part.whole += 1;
  return parts.map(({ whole }) => whole);
}

/** 0.15 × 20 is 3, whatever the last bits say. */
function toNineDigits(value: number): number {
  return Math.round(value * 1e9) / 1e9;
}
