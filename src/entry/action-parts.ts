import type { RunnerSurface } from "../gate/ports.ts";
import type { Variables } from "./action-folder.ts";
import type { World } from "./compose.ts";

/** Everything the action touches. */
export interface ActionParts {
  readonly env: Variables;
  readonly world: World;
  readonly surface: RunnerSurface;
  readonly signal: AbortSignal;
  /** Takes whole lines; what they hold may come from outside. */
  readonly log: (text: string) => void;
  /** Tells the runner what it must not show. */
  readonly hide: (secret: string) => void;
}
