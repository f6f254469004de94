/** One thread that sends loads, from the side of those who ask it. */
import { setFlagsFromString } from "node:v8";
import { Worker } from "node:worker_threads";
import { GateError } from "../../../core/model/gate-error.ts";
import type { LoadWatch } from "../../../gate/ports.ts";
import type { FromThread, OpenMessage, StartMessage, ThreadData, ToThread } from "./load-messages.ts";

/**
 * Room for what a workload leaves behind before any of it must be collected, MB: 512 streams of 100 tokens a second fill it
 * in seconds, and a collection while they run keeps tokens waiting for up to 20 ms.
 */
const youngSpaceMb = 32;

const cure =
  "give the machine more free memory, or leave the sending to the program's own thread (server.client-threads: 0)";

/**
 * Read where a heap is made (the limits of a Worker only cap the first; the second lets the thread collect), and when code is
 * compiled: with all that V8 would inline into the walk over an answer's chunks it often gives the walk up for good (a
 * dependency on a map that changed), and tokens at full rate cost three times as much.
 */
const threadFlags = [
  `--min-semi-space-size=${youngSpaceMb}`,
  "--expose-gc",
  "--max-inlined-bytecode-size-cumulative=300",
];

interface Asking {
  readonly onSent: LoadWatch["onSent"];
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

export type Answer = Exclude<FromThread, { readonly kind: "sent" }>;

export class LoadThread {
  readonly #worker: Worker;
  /** By client: each asks for one thing at a time. */
  readonly #asking = new Map<number, Asking>();
  #death: GateError | undefined;

  /** `program`: path of the bundled entry/load-thread.ts. */
  constructor(program: string, data: ThreadData) {
    for (const flag of threadFlags) setFlagsFromString(flag);
    this.#worker = new Worker(program, {
      workerData: data,
      // Nothing of ours is a thread's business.
      env: {},
      resourceLimits: { maxYoungGenerationSizeMb: 3 * youngSpaceMb },
    });
    this.#worker.unref();
    this.#worker.on("message", (message: FromThread) => this.#take(message));
    this.#worker.on("error", (error) => this.#die(error.message));
    this.#worker.on("exit", (code) => this.#die(`it ended with exit code ${code}`));
  }

  isDead(): boolean {
    return this.#death !== undefined;
  }

  tell(message: ToThread): void {
    this.#worker.postMessage(message);
  }

  /** Until `ready` or `end`; rejects where the thread dies before. The process waits for it. */
  ask(client: number, message: OpenMessage | StartMessage, onSent: LoadWatch["onSent"]): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#death !== undefined) {
        reject(this.#death);
        return;
      }
      this.#asking.set(client, { onSent, resolve, reject });
      this.#worker.ref();
      this.tell({ ...message, client });
    });
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #take(message: FromThread): void {
    const asking = this.#asking.get(message.client);
    if (message.kind === "sent") {
      asking?.onSent(message.index, message.sent);
      return;
    }
    this.#forget(message.client);
    asking?.resolve(message);
  }

  #die(why: string): void {
    this.#death ??= new GateError("host", `run: a thread that sends requests died: ${why}; ${cure}`);
    for (const [client, { reject }] of this.#asking) {
      this.#forget(client);
      reject(this.#death);
    }
  }

  #forget(client: number): void {
    this.#asking.delete(client);
    if (this.#asking.size === 0) this.#worker.unref();
  }
}
