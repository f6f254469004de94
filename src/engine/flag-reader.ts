/** Reads command-line flags into checked values and keeps every problem instead of stopping at the first. */
import { parseArgs } from "node:util";
import { parseDuration, parseRatio } from "../core/config/quantities.ts";

type FlagTypes = Readonly<Record<string, { readonly type: "string" | "boolean" }>>;
type Parsed<T> = { readonly value: T } | { readonly expected: string };

/** A day: timers do not count much further. */
const LONGEST_MS = 86_400_000;

export class FlagReader<Flags extends FlagTypes> {
  readonly problems: string[] = [];
  readonly #given = new Map<string, string>();

  constructor(argv: readonly string[], flags: Flags) {
    const { tokens } = parseArgs({ args: [...argv], options: flags, strict: false, tokens: true });
    for (const token of tokens) {
      if (token.kind === "positional")
        this.problems.push(`"${token.value}" is not a flag; expected only flags, see --help`);
      if (token.kind === "option") this.#accept(token, flags[token.name]?.type);
    }
  }

  #accept(token: { name: string; rawName: string; value: string | undefined }, type: "string" | "boolean" | undefined) {
    const { name, rawName, value } = token;
    if (type === undefined) this.problems.push(`${rawName} is unknown; --help lists the flags`);
    else if (type === "boolean" && value !== undefined)
      this.problems.push(`${rawName} is "${value}"; expected no value`);
    else if (type === "string" && !value) this.problems.push(`${rawName} has no value; expected one after it`);
    else this.#given.set(name, value ?? "");
  }

  isSet(flag: keyof Flags & string): boolean {
    return this.#given.has(flag);
  }

  text(flag: keyof Flags & string, otherwise: string): string {
    return this.#given.get(flag) ?? otherwise;
  }

  choice<T extends string>(flag: keyof Flags & string, choices: readonly T[], otherwise: T): T {
    return this.parsed(flag, otherwise, (text) => {
      const value = choices.find((choice) => choice === text);
      return value === undefined ? { expected: `expected ${choices.join(" or ")}` } : { value };
    });
  }

  integer(flag: keyof Flags & string, range: { from: number; to?: number; otherwise: number }): number {
    const { from, to = Number.MAX_SAFE_INTEGER, otherwise } = range;
    const expected = `expected a whole number${range.to === undefined ? ` from ${from} on` : ` from ${from} to ${to}`}`;
    return this.parsed(flag, otherwise, (text) => {
      const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
      return value >= from && value <= to ? { value } : { expected };
    });
  }

  /** How many requests, from 1; absent where the flag is. */
  count(flag: keyof Flags & string): number | undefined {
    return this.isSet(flag) ? this.integer(flag, { from: 1, otherwise: 1 }) : undefined;
  }

  positive(flag: keyof Flags & string, otherwise: number): number {
    return this.parsed(flag, otherwise, (text) => {
      const value = /^\d*\.?\d+$/.test(text) ? Number(text) : 0;
      return value > 0 ? { value } : { expected: "expected a number above 0, such as 0.1" };
    });
  }

  share(flag: keyof Flags & string, otherwise: number): number {
    return this.parsed(flag, otherwise, (text) => {
      const value = parseRatio(text) ?? -1;
      return value >= 0 && value <= 1 ? { value } : { expected: "expected 0% to 100%, such as 10%" };
    });
  }

  duration(flag: keyof Flags & string, otherwise: number): number {
    return this.parsed(flag, otherwise, (text) => {
      const value = parseDuration(text) ?? -1;
      const expected = "expected a time with its unit, such as 500ms or 2s, and at most 24h";
      return value >= 0 && value <= LONGEST_MS ? { value } : { expected };
    });
  }

  parsed<T>(flag: keyof Flags & string, otherwise: T, parse: (text: string) => Parsed<T>): T {
    const text = this.#given.get(flag);
    if (text === undefined) return otherwise;
    const result = parse(text);
    if ("value" in result) return result.value;
    this.problems.push(`--${flag} is "${text}"; ${result.expected}`);
    return otherwise;
  }
}
