import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createTlsAuthority } from "../tls-authority.ts";

/**
 * Writes what the native tests of channels need into a folder, PEM: the roots `device`, `managed` and `stranger`, `cross` (the device root's key
 * vouched for by the managed root), the `leaf` of api.example.com under the device root with its key, and `named`, which has many names. Good from the day before `nowMs`.
 */
export function writeTlsMaterials(folder: string, nowMs: number): void {
  const [device, managed, stranger] = ["device", "managed", "stranger"].map((name) =>
    createTlsAuthority({ name, nowMs }),
  );
  if (device === undefined || managed === undefined || stranger === undefined) throw new TypeError("three authorities");
  const { cert, key } = device.issue(["api.example.com"]);
  const named = device.issue(["*.example.org", "Own.Example.Net", "*.local", "127.0.0.1", "a*.example.net"]);
  const texts = {
    device: device.pem,
    managed: managed.pem,
    stranger: stranger.pem,
    cross: managed.vouchFor(device, {}),
    leaf: cert,
    "leaf-key": key,
    named: named.cert,
  };
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, `${name}.pem`), text);
}
