/** Whose fault a failure is: the user's configuration, the server under test, the machine around us, or a bug of ours. */
export type Blame = "config" | "server" | "host" | "bug";

/**
 * The only error thrown on purpose. `message` is complete for a reader: what was found, what was expected, what to do.
 *
 * A regression, a failed request and a missing baseline are results, never errors.
 */
export class GateError extends Error {
  override readonly name = "GateError";
  readonly blame: Blame;
  /** Files written before the failure: what was measured is never lost, and is named to the user. */
  readonly saved: readonly string[];

  constructor(
    blame: Blame,
    message: string,
    options: { readonly cause?: unknown; readonly saved?: readonly string[] } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.blame = blame;
    this.saved = options.saved ?? [];
  }
}

/** One fault of something the user wrote. */
export interface Problem {
  /** Where in the document: `workloads[2].arrivals.rate`; empty for the document as a whole. */
  readonly path: string;
  /** Found value, what was expected, what to do: one sentence without the path. */
  readonly message: string;
  readonly file?: string;
  /** 1-based. */
  readonly line?: number;
}

/** `config: workloads[2].arrivals.rate is "fast"; expected … (serving-gate.yml:12)`, one line a problem. */
export function problemLines(subject: string, problems: readonly Problem[]): string {
  return problems
    .map(({ path, message, file, line }) => {
      const place = file === undefined ? "" : ` (${file}${line === undefined ? "" : `:${line}`})`;
      return `${subject}: ${path === "" ? "" : `${path} `}${message}${place}`;
    })
    .join("\n");
}
