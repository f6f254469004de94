/** A small seeded source of numbers: the same seed gives the same run. */

/** Uniform numbers in [0, 1) by mulberry32 (Tommy Ettinger, public domain). */
export function uniformStream(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Factors around 1 whose logarithms are normal with this standard deviation (Box-Muller, one of the pair). */
export function lognormalStream(seed: number, deviation: number): () => number {
  const uniform = uniformStream(seed);
  return () => {
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    return Math.exp(deviation * radius * Math.cos(2 * Math.PI * uniform()));
  };
}
