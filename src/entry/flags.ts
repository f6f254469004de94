import { parseArgs } from "node:util";
import { GateError } from "../core/model/gate-error.ts";

/** What a command takes: flag name → whether it stands alone, takes one value, or may be repeated. */
export interface FlagSpec {
  readonly flags: Readonly<Record<string, { readonly kind: "switch" | "value" | "list"; readonly short?: string }>>;
  /** What the words without a dash are, for messages; absent where none is taken. */
  readonly words?: string;
}

export interface Flags {
  has(flag: string): boolean;
  /** The last value given. */
  value(flag: string): string | undefined;
  list(flag: string): readonly string[];
  /** A whole number from `low` on; anything else is a problem. */
  integer(flag: string, low: number): number | undefined;
  choice<T extends string>(flag: string, choices: readonly T[]): T | undefined;
  readonly words: readonly string[];
  problem(message: string): void;
  /** Throws one GateError that holds every problem found so far. */
  assertNone(command: string): void;
}

/** Reads a command line and keeps every problem instead of stopping at the first. */
export function readFlags(argv: readonly string[], spec: FlagSpec): Flags {
  const problems: string[] = [];
  const { given, words } = readTokens(argv, spec, problems);
  const value = (flag: string) => given.get(flag)?.at(-1);
  return {
    has: (flag) => given.has(flag),
    value,
    list: (flag) => given.get(flag) ?? [],
    integer: (flag, low) => {
      const text = value(flag);
      if (text === undefined) return undefined;
      if (/^\d+$/.test(text) && Number(text) >= low) return Number(text);
      problems.push(`--${flag} is "${text}"; expected a whole number, ${low} or more`);
      return undefined;
    },
    choice: (flag, choices) => {
      const text = value(flag);
      const chosen = choices.find((choice) => choice === text);
      if (text !== undefined && chosen === undefined)
        problems.push(`--${flag} is "${text}"; expected ${choices.join(" or ")}`);
      return chosen;
    },
    words,
    problem: (message) => problems.push(message),
    assertNone: (command) => {
      if (problems.length === 0) return;
      throw new GateError("config", `${problems.join("\n")}\nSee \`serving-gate ${command} --help\`.`);
    },
  };
}

function readTokens(argv: readonly string[], spec: FlagSpec, problems: string[]) {
  const given = new Map<string, string[]>();
  const words: string[] = [];
  for (const token of tokensOf(argv, spec)) {
    if (token.kind === "positional") words.push(token.value);
    if (token.kind !== "option") continue;
    const fault = optionFault(token, spec);
    if (fault === undefined) given.set(token.name, [...(given.get(token.name) ?? []), token.value ?? ""]);
    else problems.push(`${token.rawName} ${fault}`);
  }
  if (spec.words === undefined)
    problems.push(...words.map((word) => `"${word}" is not expected; this command takes flags only`));
  return { given, words };
}

function tokensOf(argv: readonly string[], spec: FlagSpec) {
  const options = Object.fromEntries(
    Object.entries(spec.flags).map(([name, { kind, short }]) => [
      name,
      {
        type: kind === "switch" ? ("boolean" as const) : ("string" as const),
        multiple: true,
        ...(short === undefined ? {} : { short }),
      },
    ]),
  );
  return parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true }).tokens;
}

interface OptionToken {
  readonly name: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

function optionFault({ name, value, inlineValue }: OptionToken, spec: FlagSpec): string | undefined {
  const kind = Object.hasOwn(spec.flags, name) ? spec.flags[name]?.kind : undefined;
  if (kind === undefined) {
    return `is unknown; expected one of ${Object.keys(spec.flags)
      .map((known) => `--${known}`)
      .join(", ")}`;
  }
  if (kind === "switch") return value === undefined ? undefined : `is "${value}"; expected no value`;
  if (!value) return "has no value; expected one after it";
  return value.startsWith("--") && !inlineValue ? `has no value; found the flag ${value} after it` : undefined;
}
