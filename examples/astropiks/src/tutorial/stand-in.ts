import { randomInt } from "node:crypto";
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { createNasaStandIn, type SeenRequest } from "../stand-in/nasa-stand-in.ts";
import { createTlsAuthority } from "../tls/tls-authority.ts";

const alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/** As api.nasa.gov gives them: 40 letters and digits. */
const newKey = (): string => Array.from({ length: 40 }, () => alphabet[randomInt(alphabet.length)]).join("");

/**
 * The tutorials' api.nasa.gov (docs/guides/astropiks.md, proxy-tutorial.md), with the pictures at an address of their own where it is told one: writes its root certificate and four good keys to the files it is told, and prints
 * one line for each request, with the number of the key that came.
 */
const { values } = parseArgs({
  options: {
    port: { type: "string", default: "8443" },
    pictures: { type: "string" },
    root: { type: "string", default: "nasa-root.pem" },
    keys: { type: "string", default: "nasa-keys.txt" },
  },
});
const authority = createTlsAuthority({ name: "AstroPiks tutorial CA", nowMs: Date.now() });
const keys = Array.from({ length: 4 }, newKey);
writeFileSync(values.root, authority.pem);
writeFileSync(values.keys, `${keys.join("\n")}\n`, { mode: 0o600 });

const say = ({ method, target, apiKey, status }: SeenRequest): void => {
  if (target.startsWith("/apod/image/")) {
    process.stdout.write(`${method} of a picture: ${status}\n`);
    return;
  }
  const known = apiKey === null ? -1 : keys.indexOf(apiKey);
  process.stdout.write(`${method} with ${known < 0 ? "no good key" : `key ${known + 1}`}: ${status}\n`);
};
const standIn = await createNasaStandIn({
  tls: authority.issue(["localhost", "127.0.0.1"]),
  keys,
  nowMs: Date.now,
  port: Number(values.port),
  ...(values.pictures === undefined ? {} : { picturesPort: Number(values.pictures) }),
  onRequest: say,
});
process.stdout.write(`${[...new Set([standIn.origin, standIn.picturesOrigin])].join("\n")}\n`);
