import { describe, expect, it } from "vitest";
import { utf8 } from "./encoding/bytes.ts";
import { createVirtualSimulator } from "./index.ts";

const app = { id: "gallery", version: "1.0", build: "1" };

describe("createVirtualSimulator", () => {
  it.each(["ios", "android"] as const)(
    "has the platform %s, a key of its own, and no evidence for it",
    async (platform) => {
      const simulator = createVirtualSimulator({ app, project: "p", platform });
      const enrolled = await simulator.keys.enrol(new Uint8Array(60));
      expect(simulator.keys.platform).toBe(platform);
      expect(enrolled.evidence).toEqual([]);
      expect(enrolled.attestedKey).toEqual(enrolled.instanceKey);
      const proof = await simulator.keys.prove(enrolled.alias, utf8('{"use":"session","project":"p"}'));
      expect([proof.signature?.length, proof.assertion]).toEqual([64, undefined]);
    },
  );

  it("signs nothing of another project", async () => {
    const simulator = createVirtualSimulator({ app, project: "p" });
    const { alias } = await simulator.keys.enrol(new Uint8Array(60));
    await expect(simulator.keys.prove(alias, utf8('{"use":"enrol","project":"q"}'))).rejects.toThrow();
  });
});
