/**
 * Holm's step-down adjustment: each p as if it were the only test of its family, in the order given.
 *
 * Reject where the adjusted p is at most the level; the chance of any false rejection then stays under it,
 * whatever the tests have to do with each other.
 */
export function holm(ps: readonly number[]): readonly number[] {
  const ascending = ps.map((p, index) => ({ p, index })).sort((a, b) => a.p - b.p);
  const adjusted = new Array<number>(ps.length);
  let atLeast = 0;
  ascending.forEach(({ p, index }, rank) => {
    atLeast = Math.max(atLeast, Math.min(1, p * (ps.length - rank)));
    adjusted[index] = atLeast;
  });
  return adjusted;
}
