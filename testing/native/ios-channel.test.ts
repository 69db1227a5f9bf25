import { createHash, X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NativePolicy } from "@countersign/client/native";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createTlsAuthority } from "../tls-authority.ts";
import { requireAll } from "../vectors.ts";
import { swiftFolder } from "./compile-swift.ts";
import { compileSwiftBridge, type SwiftBridge, startSwiftBridge } from "./swift-bridge.ts";

const nowMs = Date.UTC(2026, 0, 2);
const der = (pem: string): Buffer => new X509Certificate(pem).raw;
const pinOf = (pem: string): string =>
  createHash("sha256")
    .update(new X509Certificate(pem).publicKey.export({ type: "spki", format: "der" }))
    .digest("base64url");
let exchanges = 0;

// The certificates are real; what the platform makes of a chain is said by the peer, in the line that stands for a handshake (swift-stubs/Network.swift).
describe.skipIf(swiftFolder === null && !requireAll)(
  "the iOS agent's judgement of a peer, over a stand-in for TLS",
  () => {
    const folder = mkdtempSync(join(tmpdir(), "countersign-swift-channel-"));
    const [device, managed] = ["device", "managed"].map((name) => createTlsAuthority({ name, nowMs }));
    if (device === undefined || managed === undefined) throw new TypeError("two authorities");
    const leaf = device.issue(["api.example.com"]).cert;
    const managedLeaf = managed.issue(["api.example.com"]).cert;
    const other = pinOf(managed.pem);
    const servers: { readonly server: Server; readonly sockets: Socket[] }[] = [];
    let native: SwiftBridge;
    let heard = "";
    beforeAll(() => {
      expect(compileSwiftBridge(folder)).toEqual([]);
      native = startSwiftBridge(folder, join(folder, "channels"));
    }, 300_000);
    afterEach(() => {
      for (const { server, sockets } of servers.splice(0)) {
        server.close();
        for (const socket of sockets) socket.destroy();
      }
    });
    afterAll(() => {
      native?.close();
      rmSync(folder, { recursive: true, force: true });
    });

    /** A peer that shows this and, if it is spoken to, answers. */
    const showing = (line: string): Promise<number> =>
      new Promise((resolve) => {
        heard = "";
        const sockets: Socket[] = [];
        const server = createServer((socket) => {
          sockets.push(socket);
          socket.on("error", () => {});
          socket.on("data", (data: Buffer) => {
            heard += data.toString();
            socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
          });
          socket.write(line);
        });
        servers.push({ server, sockets });
        server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
      });
    const chain = (name: string, isKnown: boolean, ...pems: readonly string[]): string =>
      `${[name, isKnown ? "known" : "unknown", ...pems.map((pem) => der(pem).toString("base64"))].join(" ")}\n`;
    const asked = async (port: number, policy: NativePolicy): Promise<number> => {
      exchanges += 1;
      const to = { secure: true, host: "api.example.com", port, target: "/", method: "GET", headers: [] };
      const { status } = await native.bridge.send({
        exchange: String(exchanges),
        ...to,
        body: null,
        upload: null,
        policy,
      });
      await native.bridge.abandon({ exchange: String(exchanges) });
      return status;
    };
    const system: NativePolicy = { channel: "system", pins: [], roots: [] };
    const roots = [der(managed.pem).toString("base64url")];

    it.each<readonly [string, string, NativePolicy]>([
      ["whom the device knows", chain("api.example.com", true, leaf, device.pem), system],
      [
        "whose root is pinned",
        chain("api.example.com", true, leaf, device.pem),
        { ...system, channel: "pins", pins: [other, pinOf(device.pem)] },
      ],
      [
        "whose leaf is pinned",
        chain("api.example.com", true, leaf, device.pem),
        { ...system, channel: "pins", pins: [pinOf(leaf)] },
      ],
      [
        "whose root is the device's and managed",
        chain("api.example.com", true, managedLeaf, managed.pem),
        { ...system, channel: "roots", roots },
      ],
      [
        "of a managed root with a pin",
        chain("api.example.com", true, managedLeaf, managed.pem),
        { channel: "both", pins: [pinOf(managedLeaf)], roots },
      ],
    ])("lets pass a peer %s", async (_what, line, policy) => {
      const port = await showing(line);
      expect(await asked(port, policy)).toBe(200);
      expect(heard).toBe(`GET / HTTP/1.1\r\nHost: api.example.com:${port}\r\n\r\n`);
    });

    it.each<readonly [string, string, NativePolicy]>([
      ["whom the device does not know", chain("api.example.com", false, leaf, device.pem), system],
      ["that is another host", chain("other.example.com", true, leaf, device.pem), system],
      [
        "without a certificate that reads",
        "api.example.com known AAAA\n",
        { ...system, channel: "pins", pins: [pinOf(leaf)] },
      ],
      [
        "without a pin of its",
        chain("api.example.com", true, leaf, device.pem),
        { ...system, channel: "pins", pins: [other] },
      ],
      ["where no pin is named", chain("api.example.com", true, leaf, device.pem), { ...system, channel: "pins" }],
      [
        "with a pin whom the device does not know",
        chain("api.example.com", false, leaf, device.pem),
        { ...system, channel: "pins", pins: [pinOf(leaf)] },
      ],
      [
        "under no managed root",
        chain("api.example.com", true, leaf, device.pem),
        { ...system, channel: "roots", roots },
      ],
      [
        "where no managed root is named",
        chain("api.example.com", true, leaf, device.pem),
        { ...system, channel: "roots" },
      ],
      [
        "where a managed root is no certificate",
        chain("api.example.com", true, managedLeaf, managed.pem),
        { ...system, channel: "roots", roots: [...roots, "AAAA"] },
      ],
      [
        "whom the device does not know, under a managed root",
        chain("api.example.com", false, managedLeaf, managed.pem),
        { ...system, channel: "roots", roots },
      ],
      [
        "of a managed root without a pin of its",
        chain("api.example.com", true, managedLeaf, managed.pem),
        { channel: "both", pins: [pinOf(leaf)], roots },
      ],
      [
        "by a policy of an unknown kind",
        chain("api.example.com", true, leaf, device.pem),
        { ...system, channel: "quantum" as never },
      ],
    ])("refuses a peer %s, and writes nothing to it", async (_what, line, policy) => {
      const port = await showing(line);
      await expect(asked(port, policy)).rejects.toMatchObject({ code: "channel_refused" });
      expect(heard).toBe("");
    });

    it("refuses a WebSocket to such a peer too", async () => {
      const port = await showing(chain("api.example.com", false, leaf, device.pem));
      const to = { secure: true, host: "api.example.com", port, target: "/", headers: [], protocols: [] };
      const opened = native.bridge.openSocket({ socket: "1", ...to, policy: system });
      await expect(opened).rejects.toMatchObject({ code: "channel_refused" });
      expect(heard).toBe("");
    });

    it("tells a peer that ends the handshake from one that is refused", async () => {
      const port = await showing("");
      const waiting = asked(port, system);
      waiting.catch(() => {});
      await expect.poll(() => servers[0]?.sockets.length).toBe(1);
      servers[0]?.sockets[0]?.end();
      await expect(waiting).rejects.toMatchObject({ code: "network" });
    });
  },
);
