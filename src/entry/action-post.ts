import { error, getState } from "@actions/core";
import { guardedWriter } from "../adapters/github/command-guard.ts";
import { stopLeftovers } from "../adapters/server/leftovers.ts";
import { serverNote } from "./action-folder.ts";

const log = guardedWriter((text) => process.stdout.write(text));

/** The net below the main step: a killed job leaves its server running, and the next job's numbers would be wrong. */
async function main(): Promise<number> {
  try {
    const stopped = await stopLeftovers(getState("servers") || serverNote(process.env), { force: true });
    for (const command of stopped) log(`Stopped what the main step left running: ${command}`);
    return 0;
  } catch (cause) {
    error(cause instanceof Error ? cause.message : String(cause));
    return 1;
  }
}

process.exitCode = await main();
