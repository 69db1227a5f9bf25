import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { createContext, runInContext } from "node:vm";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { manifestOf } from "../vectors/world.ts";

async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("index.ts", import.meta.url))],
    bundle: true,
    format: "iife",
    globalName: "protocol",
    platform: "neutral",
    write: false,
    metafile: true,
  });
  return outputFiles[0]?.text ?? "";
}

describe("the root entry", () => {
  it("runs in an empty context: no TextEncoder, URL, atob, Buffer or process", async () => {
    const code = await bundle();
    const context = createContext({
      sha256: (data: Uint8Array) => new Uint8Array(createHash("sha256").update(data).digest()),
      manifestText: JSON.stringify(manifestOf()),
    });
    const script = `
      ${code}
      const globals = [typeof TextEncoder, typeof URL, typeof atob, typeof Buffer, typeof process];
      const manifest = protocol.parseManifest(protocol.toUtf8(manifestText));
      const key = manifest.value.secrets[0].placeholder;
      const filled = protocol.fillRequest({
        url: "https://api.nasa.gov/planetary/apod?api_key=" + key, method: "GET", headers: [], body: null,
        manifest: manifest.value, secretOf: () => "ü",
      });
      const bad = protocol.parseStrictUrl("https://ａpi.nasa.gov/", manifest.value.apis);
      JSON.stringify({ globals, url: filled.url.text, bad, id: protocol.encodeBase64url(sha256(protocol.tag("x"))),
        found: protocol.containsValue("%C3%BC%31", "ü1"), statement: protocol.parseStatement(protocol.toUtf8("{}")).code });
    `;
    expect(JSON.parse(String(runInContext(script, context)))).toEqual({
      globals: Array.from({ length: 5 }, () => "undefined"),
      url: "https://api.nasa.gov/planetary/apod?api_key=%C3%BC",
      bad: { ok: false, refused: true },
      id: createHash("sha256").update("countersign-x-v1\0").digest("base64url"),
      found: true,
      statement: "malformed",
    });
  });

  it("imports nothing", async () => {
    expect(await bundle()).not.toMatch(/\brequire\(|node:/);
  });
});
