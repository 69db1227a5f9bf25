import type { EnrolledKey } from "@countersign/client";
import type { VirtualDevice } from "../virtual-device.ts";
import type { Attack } from "./attack.ts";
import { everySecret } from "./every-secret.ts";
import { createExchange } from "./exchange.ts";
import type { AttackLab } from "./lab.ts";
import { createRawInstance } from "./raw-instance.ts";

export interface EnrolmentAttack {
  readonly name: string;
  readonly platform: "ios" | "android";
  readonly attack: string;
  /** The first reason of the refusal. */
  readonly reason: string;
  readonly device: (lab: AttackLab) => VirtualDevice;
  /** Default: the demo project. */
  readonly configuration?: (lab: AttackLab) => string;
  /** Default: as the device does it. */
  readonly makeKey?: (device: VirtualDevice, challenge: Uint8Array) => EnrolledKey;
}

/** An attack that lies in the device or its evidence: it enrols as the protocol says, and is refused for what it is. */
export function enrolmentAttack(fields: EnrolmentAttack): Attack {
  const { name, platform, attack, reason, makeKey } = fields;
  return {
    name,
    platform,
    attack,
    expected: { kind: "refused", code: reason },
    run: async (lab) => {
      const exchange = createExchange(lab);
      const device = fields.device(lab);
      const instance = createRawInstance({
        configuration: fields.configuration?.(lab) ?? lab.configuration,
        device,
        exchange,
        ...(makeKey === undefined ? {} : { makeKey: async (challenge) => makeKey(device, challenge) }),
      });
      return exchange.outcome(await instance.enrol({ asks: everySecret(lab) }));
    },
  };
}
