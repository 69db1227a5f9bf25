import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type TokenOptions, toTokenInput } from "./token-options.ts";

const folder = mkdtempSync(join(tmpdir(), "countersign-token-options-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const keyFile = join(folder, "key.pem");
writeFileSync(keyFile, "a key");

describe("what is said of tokens", () => {
  it.each<[TokenOptions, object | null]>([
    [{}, null],
    [{ tokenHeader: "X" }, { header: "X" }],
    [{ tokenProfile: "approov" }, { profile: "approov" }],
    [
      { tokenHeader: "X", tokenPrefix: "P ", tokenBind: ["A"], tokenAlg: "PS256", tokenKeys: "project", proof: "dpop" },
      { header: "X", prefix: "P ", bind: ["A"], alg: "PS256", keys: "project", proof: "dpop" },
    ],
    [
      { tokenHeader: "X", limitedUse: true, tokenArc: true, tokenAnnotations: true, customClaims: true },
      { header: "X", limitedUse: true, arc: true, annotations: true, customClaims: true },
    ],
    [
      { tokenHeader: "X", tokenClaim: ["tier=3", "name=a=b", 'roles=["x"]', "flag=true", "text=07", 'quoted="3"'] },
      {
        header: "X",
        claims: { tier: 3, name: "a=b", roles: ["x"], flag: true, text: "07", quoted: "3" },
      },
    ],
    [
      { tokenHeader: "X", encryptTo: keyFile },
      { header: "X", encryption: { key: "a key" } },
    ],
    [
      { tokenProfile: "firebase-app-check", firebaseProject: "12:my", firebaseApp: ["app=1:12:ios:ab"] },
      {
        profile: "firebase-app-check",
        firebase: { projectNumber: "12", projectId: "my", appIds: { app: "1:12:ios:ab" } },
      },
    ],
  ])("%j", (options, expected) => {
    expect(toTokenInput(options)).toEqual(expected);
  });

  it.each<[TokenOptions, string]>([
    [{ tokenBind: ["A"] }, "token_header_missing"],
    [{ tokenProfile: "countersign" }, "token_header_missing"],
    [{ limitedUse: true }, "token_header_missing"],
    [{ tokenHeader: "X", tokenClaim: ["tier"] }, "option_malformed"],
    [{ tokenHeader: "X", tokenClaim: ["=3"] }, "option_malformed"],
    [{ tokenProfile: "firebase-app-check", firebaseProject: "12" }, "firebase_project_malformed"],
    [{ tokenProfile: "firebase-app-check", firebaseApp: ["a=b"] }, "firebase_project_malformed"],
    [{ tokenHeader: "X", encryptTo: join(folder, "none") }, "file_unreadable"],
  ])("%j is refused", (options, code) => {
    expect(() => toTokenInput(options)).toThrow(expect.objectContaining({ code }));
  });
});
