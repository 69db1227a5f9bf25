import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requireAll } from "../vectors.ts";
import { compileSwift, compileSwiftModules, swiftFolder, swiftSources } from "./compile-swift.ts";

const ios = join(import.meta.dirname, "../../packages/react-native/ios");
const tests = ["Signals/SignalTests.swift", "URLSession/RequestTests.swift", "URLSession/LoadTests.swift"].map((name) =>
  join(ios, "Tests", name),
);
/** Names of the checks in these sources. */
const names = tests.flatMap((file) =>
  [...readFileSync(file, "utf8").matchAll(/checks\.check\("(.*)"\)/g)].map(([, name = ""]) => name),
);

/** Answers what the Swift tests ask for. */
function startPeer(): Server {
  return createServer((request, response) => {
    if (request.url === "/redirect") return response.writeHead(302, { location: "/echo" }).end("moved");
    if (request.url === "/long") return response.end("x".repeat(300_000));
    if (request.url === "/cut") return response.socket?.destroy();
    let length = 0;
    request.on("data", (piece: Buffer) => {
      length += piece.length;
    });
    request.on("end", () => {
      const { "countersign-pass": pass, "x-a": other } = request.headers;
      response.end(`${request.method} ${request.url} ${pass} ${other} ${length}`);
    });
  });
}

describe.skipIf(swiftFolder === null && !requireAll)(
  "the iOS agent's detectors and held sessions, compiled and run (needs testing/native/install-swift.sh)",
  () => {
    const folder = mkdtempSync(join(tmpdir(), "countersign-swift-hosts-"));
    const peer = startPeer();
    let lines: readonly string[] = [];
    beforeAll(async () => {
      const modules = join(folder, "modules");
      const program = join(folder, "hosts");
      const own = ["Agent", "Bridge", "URLSession"].flatMap((name) => swiftSources(join(ios, name)));
      const main = swiftSources(join(import.meta.dirname, "swift-hosts"));
      const stubs = compileSwiftModules(swiftSources(join(import.meta.dirname, "swift-stubs")), modules);
      const sources = [...own, join(ios, "Tests/Checks.swift"), ...tests, ...main];
      const compiled = compileSwift({ sources, modules, version: "5", program });
      expect([...stubs.errors, ...compiled.errors]).toEqual([]);
      await new Promise<void>((resolve) => void peer.listen(0, "127.0.0.1", resolve));
      const origin = `http://127.0.0.1:${(peer.address() as AddressInfo).port}`;
      const command = [swiftFolder ?? "", `/host${program}`, origin];
      const { stdout } = await promisify(execFile)(join(import.meta.dirname, "run-swift.sh"), command);
      lines = stdout.split("\n");
    }, 300_000);
    afterAll(() => {
      peer.close();
      rmSync(folder, { recursive: true, force: true });
    });

    it.each(names)("%s", (name) => {
      expect(lines.filter((line) => line.split("\t")[1] === name)).toEqual([`ok\t${name}`]);
    });
  },
);
