import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkNativeHalf } from "@countersign/client/native-check";
import { nodeRandomness } from "@countersign/client/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDemoWorld, type DemoWorld } from "../../examples/astropiks/src/world/demo-world.ts";
import { requireAll } from "../vectors.ts";
import { swiftFolder } from "./compile-swift.ts";
import { compileSwiftBridge, type SwiftBridge, startSwiftBridge } from "./swift-bridge.ts";

describe.skipIf(swiftFolder === null && !requireAll)(
  "the iOS bridge, compiled and run over stand-ins for Apple's frameworks",
  () => {
    const folder = mkdtempSync(join(tmpdir(), "countersign-swift-bridge-"));
    let world: DemoWorld;
    let native: SwiftBridge;
    beforeAll(async () => {
      expect(compileSwiftBridge(folder)).toEqual([]);
      world = await createDemoWorld({ folder, port: 0, tls: false });
      native = startSwiftBridge(folder, join(folder, "channels"), world.project.configuration);
    }, 300_000);
    afterAll(async () => {
      native?.close();
      await world?.close();
      rmSync(folder, { recursive: true, force: true });
    });

    it("keeps every promise of the native half's contract that can be asked without TLS and Apple", async () => {
      const report = await checkNativeHalf({
        configuration: world.project.configuration,
        bridge: native.bridge,
        identity: { platform: "ios", version: "1.0", build: "1", bundle: null },
        randomness: nodeRandomness(),
        clock: { runsInSleep: true, continuousMs: () => performance.now(), wallMs: () => Date.now() },
      });
      expect(report.outcomes.filter(({ outcome }) => outcome !== "held")).toEqual(
        [
          "sends nothing to a peer that does not prove itself by its pins",
          "sends nothing to a peer whose policy names no root at all",
        ].map((name) => ({ name, outcome: "not asked", instead: "the service speaks plain HTTP" })),
      );
      expect(report.outcomes.length).toBeGreaterThan(15);
    });
  },
);
