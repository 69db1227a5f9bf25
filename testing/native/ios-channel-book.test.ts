import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NativePolicy } from "@countersign/client/native";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { requireAll } from "../vectors.ts";
import { swiftFolder } from "./compile-swift.ts";
import { compileSwiftBridge, type SwiftBridge, startSwiftBridge } from "./swift-bridge.ts";

const pin = "A".repeat(43);
const system: NativePolicy = { channel: "system", pins: [], roots: [] };
const pinned: NativePolicy = { channel: "pins", pins: [pin, `${"B".repeat(42)}A`], roots: [] };
const both: NativePolicy = { ...pinned, channel: "both", roots: ["MAA", "MAAB"] };
const channel = (host: string, port = 443, policy = system) => ({ host, port, policy });

describe.skipIf(swiftFolder === null && !requireAll)("the iOS agent's book of channels, compiled and run", () => {
  const folder = mkdtempSync(join(tmpdir(), "countersign-swift-book-"));
  const file = join(folder, "channels");
  const running: SwiftBridge[] = [];
  beforeAll(() => expect(compileSwiftBridge(folder)).toEqual([]), 300_000);
  afterEach(() => {
    for (const each of running.splice(0)) each.close();
    rmSync(file, { force: true });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const start = (): SwiftBridge => {
    const made = startSwiftBridge(folder, file);
    running.push(made);
    return made;
  };

  it("holds what it was told, whole, instead of what it held before", async () => {
    const { bridge, policy } = start();
    expect(await policy("a.example", 443)).toBe("none");
    await bridge.holdChannels({ channels: [channel("a.example", 443, pinned), channel("b.example", 8443, both)] });
    expect([await policy("a.example", 443), await policy("b.example", 8443)]).toEqual(["pins 2 0 1", "both 2 2 1"]);
    expect([await policy("a.example", 8443), await policy("x.a.example", 443)]).toEqual(["none", "none"]);
    await bridge.holdChannels({ channels: [channel("c.example")] });
    expect([await policy("a.example", 443), await policy("c.example", 443)]).toEqual(["none", "system 0 0 2"]);
  });

  it("counts a change, and none where it is told the same", async () => {
    const { bridge, policy } = start();
    for (let turn = 0; turn < 2; turn += 1) await bridge.holdChannels({ channels: [channel("a.example")] });
    expect(await policy("a.example", 443)).toBe("system 0 0 1");
    await bridge.holdChannels({ channels: [channel("a.example", 443, pinned)] });
    expect(await policy("a.example", 443)).toBe("pins 2 0 2");
  });

  it("knows a host by any writing of its name", async () => {
    const { bridge, policy } = start();
    await bridge.holdChannels({ channels: [channel("a.example"), channel("[::1]")] });
    for (const host of ["A.Example", "a.example.", "A.EXAMPLE."])
      expect([host, await policy(host, 443)]).toEqual([host, "system 0 0 1"]);
    for (const host of ["::1", "[::1]"]) expect(await policy(host, 443)).toBe("system 0 0 1");
  });

  it("holds in the next process what the last was told", async () => {
    await start().bridge.holdChannels({ channels: [channel("a.example", 443, both)] });
    expect(await start().policy("a.example", 443)).toBe("both 2 2 0");
  });

  it.each<readonly [string, readonly unknown[]]>([
    ["a channel twice", [channel("a.example"), channel("a.example", 443, pinned)]],
    ["a host that is none", [channel("a b")]],
    ["a host in capitals", [channel("A.example")]],
    ["a port that is none", [channel("a.example", 0)]],
    ["a port beyond all ports", [channel("a.example", 65536)]],
    ["a port that is no whole number", [channel("a.example", 1.5)]],
    ["a pin of another length", [channel("a.example", 443, { ...pinned, pins: ["AAAA"] })]],
    ["a pin that is no base64url", [channel("a.example", 443, { ...pinned, pins: [`${"A".repeat(42)}=`] })]],
    ["a root without bytes", [channel("a.example", 443, { ...both, roots: [""] })]],
    [
      "too many pins",
      [
        channel("a.example", 443, {
          ...pinned,
          pins: Array.from({ length: 17 }, (_, at) => Buffer.alloc(32, at).toString("base64url")),
        }),
      ],
    ],
    ["too many channels", Array.from({ length: 257 }, (_, at) => channel(`a${at}.example`))],
    ["a channel that is none", ["a.example"]],
    ["a policy that is none", [{ host: "a.example", port: 443, policy: null }]],
  ])("refuses %s, and holds what it held", async (_what, channels) => {
    const { bridge, policy } = start();
    await bridge.holdChannels({ channels: [channel("held.example", 443, pinned)] });
    await expect(bridge.holdChannels({ channels: channels as never })).rejects.toMatchObject({ code: "unsupported" });
    expect(await policy("held.example", 443)).toBe("pins 2 0 1");
  });

  const kept = (change: (channels: Record<string, unknown>[]) => unknown): string =>
    JSON.stringify(change([{ host: "a.example", port: 443, policy: pinned }]));

  it.each([
    ["nothing", ""],
    ["what is no JSON", "{"],
    ["another version", kept((channels) => ({ v: 2, channels }))],
    ["no version", kept((channels) => ({ channels }))],
    ["a further member", kept((channels) => ({ v: 1, channels, more: 1 }))],
    ["a further member of a channel", kept(([first]) => ({ v: 1, channels: [{ ...first, more: 1 }] }))],
    [
      "a further member of a policy",
      kept(() => ({ v: 1, channels: [channel("a.example", 443, { ...pinned, more: 1 } as never)] })),
    ],
    [
      "one bad channel among good ones",
      kept((channels) => ({ v: 1, channels: [...channels, { host: "b", port: 443 }] })),
    ],
    ["a channel twice", kept((channels) => ({ v: 1, channels: [...channels, ...channels] }))],
    ["a pin twice", kept(() => ({ v: 1, channels: [channel("a.example", 443, { ...pinned, pins: [pin, pin] })] }))],
    ["a member twice", `{"v":1,"v":1,${kept((channels) => ({ channels })).slice(1)}`],
    ["bytes that are no UTF-8", `\u0000\ufffd`],
    ["a list of lists", `${"[".repeat(50_000)}`],
    ["a text beyond all bounds", `{"v":1,"channels":[]${" ".repeat(8 << 20)}}`],
  ])("takes for none a kept text of %s", async (_what, text) => {
    writeFileSync(file, text, "latin1");
    const { bridge, policy } = start();
    expect(await policy("a.example", 443)).toBe("none");
    await bridge.holdChannels({ channels: [channel("a.example", 443, pinned)] });
    expect(await policy("a.example", 443)).toBe("pins 2 0 1");
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ v: 1, channels: [{ host: "a.example" }] });
  });
});
