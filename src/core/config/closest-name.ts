/** The known name a mistyped one was most likely meant to be; absent where none is near. */
export function closestName(found: string, known: readonly string[]): string | undefined {
  const wanted = normalised(found);
  const ranked = known
    .map((name) => ({ name, distance: editDistance(wanted, normalised(name)) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  if (best === undefined) return undefined;
  return best.distance <= Math.max(1, Math.floor(Math.min(wanted.length, best.name.length) / 3))
    ? best.name
    : undefined;
}

/** `; did you mean "poisson"?` or, where nothing is near, `; expected one of …`. */
export function nameHint(found: string, known: readonly string[]): string {
  const near = closestName(found, known);
  if (near !== undefined) return `; did you mean "${near}"?`;
  return known.length === 0 ? "" : `; expected one of ${known.join(", ")}`;
}

/** minEffect, min_effect and Min-Effect are one name to a person. */
function normalised(name: string): string {
  return name
    .slice(0, 60)
    .replace(/([a-z])([A-Z])/g, "$1-$2")
    .toLowerCase()
    .replaceAll("_", "-");
}

/** Levenshtein, with a swap of neighbours counted as one edit. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current[column] = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
        swapped ? at(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    beforeLast = last;
    last = current;
  }
  return at(last, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
