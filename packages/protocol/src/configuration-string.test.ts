import { describe, expect, it } from "vitest";
import { configurationText, keys, project } from "../vectors/world.ts";
import { encodeBase64url } from "./base64url.ts";
import { formatConfigurationString, parseConfigurationString } from "./configuration-string.ts";
import { sha256 } from "./server/derive-key.ts";

const [scheme = "", host = "", projectText = "", root = "", recovery = ""] = configurationText.split("~");
const join = (...parts: readonly string[]): string => parts.join("~");

describe("parseConfigurationString", () => {
  it("reads its parts and writes them back", () => {
    const parsed = parseConfigurationString(configurationText);
    expect(parsed).toEqual({
      ok: true,
      value: {
        kind: "production",
        environment: "production",
        host: "attest.example.com",
        port: 8443,
        project: encodeBase64url(project),
        projectId: project,
        root: sha256(keys.root.point),
        recovery: sha256(keys.recovery.point),
      },
    });
    expect(parsed.ok && formatConfigurationString(parsed.value)).toBe(configurationText);
  });

  it("tells development by its scheme", () => {
    const text = join("csd1", "localhost", projectText, root, recovery);
    const parsed = parseConfigurationString(text);
    expect(parsed).toMatchObject({ ok: true, value: { kind: "development", environment: "development", port: null } });
    expect(parsed.ok && formatConfigurationString(parsed.value)).toBe(text);
  });

  it.each([
    ["an unknown scheme", join("cs2", host, projectText, root, recovery)],
    ["a scheme in upper case", join("CS1", host, projectText, root, recovery)],
    ["a host in upper case", join(scheme, "Attest.example.com", projectText, root, recovery)],
    ["a URL for a host", join(scheme, "https://attest.example.com", projectText, root, recovery)],
    ["a path after the host", join(scheme, "attest.example.com/x", projectText, root, recovery)],
    ["a short project", join(scheme, host, projectText.slice(1), root, recovery)],
    ["no recovery root", join(scheme, host, projectText, root)],
    ["one key for both roots", join(scheme, host, projectText, root, root)],
    ["a sixth part", join(scheme, host, projectText, root, recovery, "x")],
    ["white space", ` ${configurationText}`],
    ["endless text", configurationText + "~".repeat(1000)],
    ["nothing", ""],
  ])("refuses %s", (_, text) => {
    expect(parseConfigurationString(text)).toMatchObject({ ok: false, code: "malformed" });
  });
});
