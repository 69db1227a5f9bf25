import { generateKeyPairSync, sign, verify } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDemoWorld } from "../examples/astropiks/src/world/demo-world.ts";
import type { Bench } from "./measure.ts";

/** A whole refresh over loopback, agent and service in one process, against the signatures it cannot do without. */
export async function refreshBench(): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), "bench-refresh-"));
  const limits = {
    enrolmentsPerMinute: 1e6,
    challengesPerMinute: 1e6,
    recordLookupsPerMinute: 1e6,
    sessionsPerInstancePerMinute: 1e6,
  };
  const world = await createDemoWorld({ folder, port: 0, tls: false, service: { limits } });
  const { agent } = world.createAgent(world.devices.pixel(), { watch: false });
  await agent.start();
  await agent.fetch(`${world.standIn.origin}/planetary/apod?api_key=${world.placeholder}&date=2024-01-01`);
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const message = Buffer.alloc(600, 1);
  return {
    what: "one refresh: statement, proof, verdict, sealed and signed answer, opened and installed",
    iterations: 10,
    subjects: [
      {
        name: "two ES256 signatures made, two checked",
        run: (iterations) => {
          for (let index = 0; index < 2 * iterations; index += 1)
            verify("sha256", message, publicKey, sign("sha256", message, privateKey));
        },
      },
      {
        name: "refresh over loopback",
        run: async (iterations) => {
          for (let index = 0; index < iterations; index += 1) await agent.refresh("bench");
        },
      },
    ],
    close: async () => {
      agent.stop();
      await world.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
