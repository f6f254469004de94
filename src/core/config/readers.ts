import { nameHint } from "./closest-name.ts";
import { type Located, type Place, quoted, type Read, refuse, refuseValue } from "./place.ts";
import type { YamlEntry } from "./yaml-tree.ts";

/** Text of one line or more, not blank. Numbers and booleans are taken as they were written. */
export function text(expected: string): Read<string> {
  return (place) => {
    const { node } = place;
    if (node.kind !== "scalar" || node.value === null) return refuseValue(place, expected);
    const value = typeof node.value === "string" ? node.value : node.source;
    if (value.includes("\0")) return refuse(place, "holds a NUL character; expected text");
    return value.trim() === "" ? refuseValue(place, expected) : value;
  };
}

/** Text of one line, for headings, tables and commands; blanks around it are dropped. */
export function line(expected: string): Read<string> {
  const read = text(expected);
  return (place) => {
    const value = read(place)?.trim();
    if (value === undefined || /^[^\p{Cc}]{1,200}$/u.test(value)) return value;
    return refuse(place, `is ${quoted(value)}; expected ${expected}: one line of at most 200 characters`);
  };
}

/** Prose: line ends are blanks, as in the Markdown it will stand in. */
export function prose(expected: string): Read<string> {
  const read = text(expected);
  return (place) => {
    const value = read(place)?.replaceAll(/\s+/g, " ").trim();
    if (value === undefined || /^[^\p{Cc}]{1,2000}$/u.test(value)) return value;
    return refuse(
      place,
      `is ${quoted(value)}; expected ${expected}: at most 2000 characters, none of them control characters`,
    );
  };
}

/** A name used in paths, tables and commands: letters, digits and `_ . + -`, beginning with a letter or digit. */
export function name(expected: string): Read<string> {
  const wholeText = text(expected);
  return (place) => {
    const value = wholeText(place);
    if (value === undefined || /^[\p{L}\p{N}][\p{L}\p{N}_.+-]{0,99}$/u.test(value)) return value;
    return refuse(place, `is ${quoted(value)}; expected ${expected}: letters, digits, _ . + or -, at most 100`);
  };
}

export function wholeNumber(
  expected: string,
  { min, max }: { readonly min: number; readonly max: number },
): Read<number> {
  return (place) => {
    const value = place.node.kind === "scalar" ? place.node.value : undefined;
    if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value;
    return refuseValue(place, `${expected}, a whole number from ${min} to ${max}`);
  };
}

/** A finite number above 0. */
export function positiveNumber(expected: string): Read<number> {
  return (place) => {
    const value = place.node.kind === "scalar" ? place.node.value : undefined;
    if (typeof value === "number" && Number.isFinite(value) && value > 0) return value;
    return refuseValue(place, expected);
  };
}

/** `true` or `false`; YAML 1.2 knows no yes and no. */
export function trueOrFalse(place: Place): boolean | undefined {
  const value = place.node.kind === "scalar" ? place.node.value : undefined;
  return typeof value === "boolean" ? value : refuseValue(place, "true or false");
}

export function oneOf<const T extends string>(known: readonly T[]): Read<T> {
  return (place) => {
    const value = place.node.kind === "scalar" ? place.node.value : undefined;
    const match = known.find((name) => name === value);
    if (match !== undefined) return match;
    if (typeof value !== "string" || value === "") return refuseValue(place, `one of ${known.join(", ")}`);
    return refuse(place, `is ${quoted(value)}${nameHint(value, known)}`);
  };
}

/** What could be read of a list; items with problems are left out. */
export function listOf<T>(read: Read<T>, expected: string): Read<T[]> {
  return (place) => {
    const items = itemPlaces(place);
    if (items === undefined) return refuseValue(place, expected);
    return items.map(read).filter((item) => item !== undefined);
  };
}

/** The places of a list's items; undefined where it is no list. */
export function itemPlaces(place: Place): Place[] | undefined {
  if (place.node.kind !== "list") return undefined;
  return place.node.items.map((node, index) => ({
    ...{ node, path: `${place.path}[${index}]`, line: node.line, log: place.log },
  }));
}

export function located<T>(read: Read<T>): Read<Located<T>> {
  return (place) => {
    const value = read(place);
    return value === undefined ? undefined : { value, place };
  };
}

type Readers = Readonly<Record<string, Read<unknown>>>;
/** What was read of a mapping: a key is absent where it was not written, or had a problem. */
export type Fields<K extends Readers> = { readonly [P in keyof K]?: K[P] extends Read<infer T> ? T : never };

export interface MappingRules {
  /** Names the mapping in messages: "a model with id and label". */
  readonly expected: string;
  /** Key → what it is, for the message when it is missing. */
  readonly required?: Readonly<Record<string, string>>;
  /** Keys people try that are not for this place → what to do instead. */
  readonly elsewhere?: Readonly<Record<string, string>>;
}

/** A mapping with these keys and no others. */
export function mapping<K extends Readers>(readers: K, rules: MappingRules): Read<Fields<K>> {
  return (place) => {
    const entries = entryPlaces(place);
    if (entries === undefined) return refuseValue(place, rules.expected);
    const fields = entries.map(([key, value]) => [key, readKey(value, key, { readers, rules })] as const);
    for (const [key, what] of Object.entries(rules.required ?? {})) {
      if (!fields.some(([written]) => written === key)) refuse(place, `has no ${key}; expected ${what}`);
    }
    return Object.fromEntries(
      fields.filter(([key, value]) => Object.hasOwn(readers, key) && value !== undefined),
    ) as never;
  };
}

function readKey(
  place: Place,
  key: string,
  { readers, rules }: { readonly readers: Readers; readonly rules: MappingRules },
): unknown {
  const read = Object.hasOwn(readers, key) ? readers[key] : undefined;
  if (read !== undefined) return read(place);
  const instead = Object.entries(rules.elsewhere ?? {}).find(([other]) => other === key)?.[1];
  return refuse(place, instead ?? `is not a known key${nameHint(key, Object.keys(readers))}`);
}

/** Any keys of the user's, each with a value read alike. */
export function openMapping<T>(
  read: (key: string, place: Place) => T | undefined,
  expected: string,
): Read<[string, T][]> {
  return (place) => {
    const entries = entryPlaces(place);
    if (entries === undefined) return refuseValue(place, expected);
    return entries.flatMap(([key, value]) => {
      const item = read(key, value);
      return item === undefined ? [] : [[key, item] as [string, T]];
    });
  };
}

/** Key and place of each entry, a key given twice refused; undefined where it is no mapping. */
export function entryPlaces(place: Place): [string, Place][] | undefined {
  if (place.node.kind !== "map") return undefined;
  const first = new Map<string, YamlEntry>();
  const places: [string, Place][] = [];
  for (const entry of place.node.entries) {
    const path = place.path === "" ? shownKey(entry.key) : `${place.path}.${shownKey(entry.key)}`;
    const here: Place = { node: entry.value, path, line: entry.line, log: place.log };
    const earlier = first.get(entry.key);
    if (earlier === undefined) places.push([entry.key, here]);
    else refuse(here, `is given twice, first on line ${earlier.line}; expected it once`);
    first.set(entry.key, earlier ?? entry);
  }
  return places;
}

/** The place of one key of a mapping; undefined where it is not written. */
export function childPlace({ node, path, log }: Place, key: string): Place | undefined {
  const entry = node.kind === "map" ? node.entries.find((written) => written.key === key) : undefined;
  return entry && { node: entry.value, path: path === "" ? key : `${path}.${key}`, line: entry.line, log };
}

/** A key in a path: as written where it is plain, else quoted and cut. */
function shownKey(key: string): string {
  return /^[\p{L}\p{N}_.-]{1,60}$/u.test(key) ? key : quoted(key);
}

/** An object without inherited keys, for names that users choose: `constructor` is a name like any other. */
export function plainRecord<T>(entries: Iterable<readonly [string, T]>): Record<string, T> {
  return Object.assign(Object.create(null), Object.fromEntries(entries));
}

/** Drops keys whose value is undefined. */
export function present<T extends object>(fields: T): { [P in keyof T]?: Exclude<T[P], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
