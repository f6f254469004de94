import { GateError } from "../core/model/gate-error.ts";
import { EXIT } from "./exit-codes.ts";
import { say } from "./say.ts";

/** Runs a command: a GateError is its message on stderr and exit code 2; anything else is a bug and keeps its stack. */
export async function guarded(command: () => Promise<number>): Promise<number> {
  try {
    return await command();
  } catch (error) {
    if (!(error instanceof GateError)) throw error;
    say(describeFailure(error));
    return EXIT.unable;
  }
}

/** The message, then what was saved before the failure. */
export function describeFailure(error: GateError): string {
  const saved = error.saved.map((path) => `What was measured before is in ${path}.`);
  return [error.message, ...saved].join("\n");
}
