import { GateError } from "../core/model/gate-error.ts";
import { EXIT } from "./exit-codes.ts";
import { say } from "./say.ts";

/** Runs a command: what it throws is said on stderr and is exit code 2, for 1 is a regression. A bug keeps its stack. */
export async function guarded(command: () => Promise<number>): Promise<number> {
  try {
    return await command();
  } catch (error) {
    say(error instanceof GateError ? describeFailure(error) : describeBug(error));
    return EXIT.unable;
  }
}

function describeBug(error: unknown): string {
  const stack = error instanceof Error ? error.stack : undefined;
  return `${stack ?? error}\nThis is a fault of serving-gate itself; please report it with these lines.`;
}

/** The message, then what was saved before the failure. */
export function describeFailure(error: GateError): string {
  const saved = error.saved.map((path) => `What was measured before is in ${path}.`);
  return [error.message, ...saved].join("\n");
}
