import { decodeBase64url, parseConfigurationString } from "@countersign/protocol";
import { expect, it } from "vitest";
import { encodeState, parseState } from "../domain/brokers/broker-state.ts";
import { contentOfProject } from "../domain/brokers/content-of-project.ts";
import { createMemoryLedger } from "../ephemeral/memory-ledger.ts";
import type { DeviceLab } from "../http/device/device-lab.suite.ts";
import { describeBrokerPorts, type HostedPorts } from "../start/broker-ports.suite.ts";
import { createSecretValue } from "../vault/secret-value.ts";
import { alonePorts } from "./alone-ports.ts";
import { createHeldState } from "./held-state.ts";

const unreachable = { ask: async () => ({ ok: false, reason: "unreachable" }) as const };

/** Ports that know what a service said, by the very bytes that travel. */
function portsAlone(lab: DeviceLab): HostedPorts {
  const { device, admin } = lab.service().domain;
  const held = createHeldState({ monotonicMs: () => 0, hold: createSecretValue });
  const configuration = parseConfigurationString(lab.configuration);
  if (!configuration.ok || admin === undefined) throw new TypeError("the lab has a configuration");
  return {
    ports: alonePorts({
      configuration: configuration.value,
      held,
      link: unreachable,
      hold: createSecretValue,
      decoys: { spot: () => {} },
      ledger: createMemoryLedger({ nowMs: lab.nowMs }),
      clock: { nowMs: lab.nowMs, knownSinceMs: () => 0 },
      origins: () => [],
      upstreamCas: [],
      log: () => {},
    }),
    async refresh() {
      const context = await device.contexts.get(lab.project);
      if (context === null) throw new TypeError("the lab has a project");
      await device.standing.reconcile();
      const state = parseState(
        encodeState({
          serverTimeMs: lab.nowMs(),
          origin: null,
          project: { revision: String(Math.random()), content: contentOfProject(device.vault, context) },
          bans: {
            revision: String(Math.random()),
            sequence: device.standing.sequence(),
            content: device.standing.bansOf(lab.project),
          },
        }),
      );
      expect(state === null ? null : held.take(state, 0)).toBe("taken");
    },
  };
}

describeBrokerPorts("alone", portsAlone);

/** Ports that the service has told nothing. */
function portsOfNobody(knownSinceMs = 0) {
  const configuration = parseConfigurationString(
    `csd1~localhost:1~${"A".repeat(22)}~${"A".repeat(43)}~${"B".repeat(42)}A`,
  );
  if (!configuration.ok) throw new TypeError(configuration.detail);
  const ports = alonePorts({
    configuration: configuration.value,
    held: createHeldState({ monotonicMs: () => 0, hold: createSecretValue }),
    link: unreachable,
    hold: createSecretValue,
    decoys: { spot: () => {} },
    ledger: createMemoryLedger({ nowMs: () => 0 }),
    clock: { nowMs: () => 0, knownSinceMs: () => knownSinceMs },
    origins: () => [],
    upstreamCas: [],
    log: () => {},
  });
  return { configuration: configuration.value, ports };
}

it("a budget, or a value that is minted, which cannot be asked for is none; before the first word nobody is known", async () => {
  const { configuration, ports } = portsOfNobody();
  const lost = expect.objectContaining({ code: "link_lost" });
  await expect(ports.draw("key", 1, 1, 60)).rejects.toEqual(lost);
  await expect(ports.project("AAAAAAAAAAAAAAAAAAAAAA")).rejects.toEqual(lost);
  expect(() => ports.openPass("AAAAAAAAAAAAAAAAAAAAAA", "")).toThrow("too long");
  expect(() => ports.isBanned("AAAAAAAAAAAAAAAAAAAAAA", "i", "s")).toThrow("too long");
  expect(decodeBase64url(configuration.project, 16)).not.toBeNull();
});

it("takes nothing from before the service's clock was known, however far behind its own is", async () => {
  expect(await portsOfNobody(5_000).ports.epochMs()).toBe(5_000);
});
