import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";

/** Dice with a memory: the same seed gives the same numbers on every machine. */
export interface Random {
  /** Uniform in [0, 1), 53 bits. */
  next(): number;
  /** Uniform integer, both ends in. */
  int(low: number, high: number): number;
  /** Mean 0, variance 1. */
  normal(): number;
  /** Mean 1. */
  exponential(): number;
  /** Mean `shape`, variance `shape`; `shape` above 0. */
  gamma(shape: number): number;
  /** The same items in another order. */
  shuffle<T>(items: readonly T[]): T[];
}

/**
 * A stream of numbers from a seed (a whole number, 0 or more). Streams of one seed with different names are independent,
 * so that drawing more of one thing does not change another.
 */
export function seededRandom(seed: number, stream = ""): Random {
  const generator = xoroshiro128plusFromState(mixedState(seed, stream));
  const next = () => {
    const high = generator.next() >>> 5;
    const low = generator.next() >>> 6;
    return (high * 67_108_864 + low) / 9_007_199_254_740_992;
  };
  const int = (low: number, high: number) => low + Math.floor(next() * (high - low + 1));
  const normal = () => polarNormal(next);
  return {
    next,
    int,
    normal,
    exponential: () => -Math.log(1 - next()),
    gamma: (shape) => marsagliaGamma(shape, next, normal),
    shuffle: (items) => {
      const shuffled = [...items];
      for (let last = shuffled.length - 1; last > 0; last--) {
        const other = int(0, last);
        [shuffled[last], shuffled[other]] = [shuffled[other] as never, shuffled[last] as never];
      }
      return shuffled;
    },
  };
}

/**
 * Four words of generator state. FNV-1a over the stream's name and both halves of the seed, then the finalizer of
 * MurmurHash3 for each word: neighbouring seeds start far apart.
 */
function mixedState(seed: number, stream: string): number[] {
  const text = `${stream}\n${seed}`;
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return [1, 2, 3, 4].map((word) => {
    let mixed = hash + Math.imul(word, 0x9e3779b9) + Math.imul(seed | 0, 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return (mixed ^ (mixed >>> 16)) | 0;
  });
}

/** Marsaglia's polar method: a point in the unit disc; needs no sine, which engines may round differently. */
function polarNormal(next: () => number): number {
  for (;;) {
    const x = 2 * next() - 1;
    const y = 2 * next() - 1;
    const square = x * x + y * y;
    if (square > 0 && square < 1) return x * Math.sqrt((-2 * Math.log(square)) / square);
  }
}

/** Marsaglia and Tsang, "A simple method for generating gamma variables" (2000); shapes below 1 by their boost U^(1/shape). */
function marsagliaGamma(shape: number, next: () => number, normal: () => number): number {
  if (shape < 1) {
    const boost = Math.exp(Math.log(1 - next()) / shape);
    return marsagliaGamma(shape + 1, next, normal) * boost;
  }
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal();
    const root = 1 + c * x;
    if (root <= 0) continue;
    const v = root * root * root;
    if (Math.log(1 - next()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}
