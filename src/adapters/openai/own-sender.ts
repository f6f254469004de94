import type { Clock } from "../../gate/ports.ts";
import type { Channel } from "./channel.ts";
import type { Sender } from "./sender.ts";
import { warmCode } from "./warm-code.ts";

/** The program's own thread sends, over the channel of everything else. */
export function ownSender(channel: Channel, clock: Clock): Sender {
  return {
    prepare: async ({ opener, connections }, signal) => {
      // Together, so that each needs a connection of its own.
      await Promise.all(Array.from({ length: connections }, () => channel.page(opener, signal)));
      await warmCode(clock);
      // What happened until here is in no measurement.
      channel.forgetToll();
    },
    toll: () => channel.toll(),
    close: () => {},
  };
}
