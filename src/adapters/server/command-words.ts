import { misfits } from "../../core/config/command-fit.ts";
import { GateError } from "../../core/model/gate-error.ts";

/** Words with placeholders, and the key under which they stand in the config. */
export interface CommandTemplate {
  readonly key: "server.command" | "server.base-command";
  readonly words: readonly string[];
}

export interface CommandValues {
  /** Absent where the config names no model and the server chooses. */
  readonly model: string | undefined;
  readonly port: number;
  /** Whether the port is written in server.url; a port we found ourselves must reach the command. */
  readonly portIsGiven: boolean;
  readonly args: readonly string[];
}

/**
 * The words to start: {{model}} and {{port}} are filled in inside a word, the word {{args}} becomes the words of the
 * arguments. No value is ever split or read again, so none can become a second word or a placeholder.
 */
export function commandWords({ key, words }: CommandTemplate, values: CommandValues): readonly [string, ...string[]] {
  const { args, model, portIsGiven } = values;
  const needs = { hasArgs: args.length > 0, hasModel: model !== undefined, hasPort: portIsGiven };
  const [fault] = misfits(words, needs);
  if (fault !== undefined) throw new GateError("config", `config: ${key} ${fault}`);
  const [program, ...rest] = words.flatMap((word) => (word === "{{args}}" ? args : [filledWord(word, values)]));
  if (program === undefined || program === "") {
    throw new GateError("config", `config: ${key} has no program to start; write the command of your server`);
  }
  return [program, ...rest];
}

function filledWord(word: string, { model, port }: CommandValues): string {
  return word.replace(/\{\{(model|port)\}\}/g, (_placeholder, name) => (name === "model" ? (model ?? "") : `${port}`));
}
