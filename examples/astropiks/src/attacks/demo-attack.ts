import type { Attack, AttackLab } from "@countersign/virtual-device";
import type { DemoWorld } from "../world/demo-world.ts";

/** A lab with an upstream and a network in it. */
export interface DemoLab extends AttackLab {
  readonly world: DemoWorld;
  /** Further values that nobody but this attack's victim may see; the search after `run` looks for them too. */
  guard(values: Readonly<Record<string, string>>): void;
}

/** What a control shows: what the same search sees on the same path where something was planted. */
export interface Control {
  readonly seen: readonly Uint8Array[];
  /** The planted values, by what they are. */
  readonly planted: Readonly<Record<string, string>>;
}

/** An attack that needs more than the wire to the service; promises and outcome are those of every attack. */
export interface DemoAttack extends Omit<Attack, "run"> {
  run(lab: DemoLab): ReturnType<Attack["run"]>;
  /** The same path with a leak planted on it: the search must find it, or finding nothing in `run` says nothing. */
  control(lab: DemoLab): Promise<Control>;
}
