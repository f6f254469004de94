/**
 * Argument lists put together, the later over the earlier.
 *
 * Servers take the last of a repeated flag, the first, or refuse: so a flag that a later list gives is dropped, with its
 * values, from the earlier ones, and what is started says what is meant. `--max-batch-size 8` under
 * `--max-batch-size 16` leaves 16 alone. A flag's values are the words up to the next flag; `--flag=value` is one word;
 * `-1` is a value. Within one list a flag may repeat (`--lora a --lora b`), as the user wrote it.
 */
export function mergedArgs(lists: readonly (readonly string[])[]): string[] {
  return lists.reduce<string[]>((below, above) => {
    const given = new Set(flagGroups(above).map(({ flag }) => flag));
    const kept = flagGroups(below).filter(({ flag }) => flag === undefined || !given.has(flag));
    return [...kept.flatMap(({ words }) => words), ...above];
  }, []);
}

interface FlagGroup {
  /** Absent: words before the first flag. */
  readonly flag: string | undefined;
  readonly words: string[];
}

function flagGroups(args: readonly string[]): FlagGroup[] {
  const groups: FlagGroup[] = [];
  for (const word of args) {
    const flag = /^--?[A-Za-z][^=]*/.exec(word)?.[0];
    const open = groups.at(-1);
    if (flag === undefined && open !== undefined) open.words.push(word);
    else groups.push({ flag, words: [word] });
  }
  return groups;
}
