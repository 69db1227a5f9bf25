import { describe, expect, it } from "vitest";
import type { SeenChain } from "../ports/index.ts";
import { proposeChannel } from "./propose-channel.ts";

const certificate = (subject: string, issuer: string) => ({
  subject,
  issuer,
  notBeforeMs: 0,
  notAfterMs: 1,
  pin: `PIN-${subject}`,
  sha256: subject,
});
const chain: SeenChain = {
  certificates: [certificate("leaf", "issuing"), certificate("issuing", "root"), certificate("root", "root")],
  topPem: "PEM",
  topIsRoot: true,
  named: true,
  store: true,
  roots: null,
  pins: [],
};
const names = { id: "nasa", host: "api.nasa.gov", port: 443, rootFile: null };

describe("a proposal", () => {
  it("pins the leaf and the authority that issued it, by the exact command", () => {
    const { pins, root, commands } = proposeChannel(chain, names);
    expect(pins.map(({ pin, of }) => [pin, of])).toEqual([
      ["PIN-leaf", "leaf"],
      ["PIN-issuing", "issuer"],
    ]);
    expect(root).toEqual({ subject: "root", pem: "PEM" });
    expect(commands).toEqual(["countersign api add nasa --host api.nasa.gov --pin PIN-leaf --pin PIN-issuing"]);
  });

  it("names the root by the file it was written to, quoted for a shell", () => {
    const { commands } = proposeChannel(chain, { ...names, port: 8443, rootFile: "a root's.pem" });
    expect(commands[1]).toBe(`countersign api add nasa --host api.nasa.gov --port 8443 --root 'a root'\\''s.pem'`);
  });

  it("proposes no command for a chain that devices would refuse, nor pins where there is but one key", () => {
    for (const bad of [{ named: false }, { store: false }]) {
      expect(proposeChannel({ ...chain, ...bad }, { ...names, rootFile: "root.pem" }).commands).toEqual([]);
    }
    const [leaf = certificate("leaf", "issuing")] = chain.certificates;
    const alone = proposeChannel({ ...chain, certificates: [leaf], topIsRoot: false }, names);
    expect([alone.root, alone.commands]).toEqual([null, []]);
  });
});
