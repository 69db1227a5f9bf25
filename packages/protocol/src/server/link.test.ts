import { describe, expect, it } from "vitest";
import { draw16, otherProject, project, projectSeed } from "../../vectors/world.ts";
import { encodeBase64url } from "../base64url.ts";
import { openCredential, openPass, sealPass } from "./credential.ts";
import { deriveLinkKeys, linkCharacters, openLink, sealLink } from "./link.ts";

const bearer = {
  instance: encodeBase64url(draw16(1)),
  subject: encodeBase64url(draw16(2)),
  exp: 1_800_000_000,
};
const to = { api: "apod", target: "/apod/image/2408/moon.jpg?w=200" };
const keys = deriveLinkKeys(projectSeed, project);
const otherKeys = deriveLinkKeys(new Uint8Array(32), project);
const how = { keys, generation: 2, project, decoy: false };
const opener = { keysOf: (generation: number) => (generation === 2 ? keys : null), project, decoy: false };
const passes = { projectSeed, generation: 2, project, seedOf: () => projectSeed };
const link = sealLink(bearer, to, how);

describe("links", () => {
  it("come back as they were sealed, each of one length", () => {
    expect(openLink(link, to, opener)).toEqual(bearer);
    expect(link).toMatch(new RegExp(`^[A-Za-z0-9_-]{${linkCharacters}}$`));
    const far = { api: "a".repeat(48), target: `/${"x".repeat(3000)}` };
    expect(sealLink({ ...bearer, exp: 0 }, far, how)).toHaveLength(linkCharacters);
  });

  it("are equal for the same bearer, target and end, and for no others", () => {
    expect(sealLink(bearer, to, how)).toBe(link);
    const others = [
      sealLink({ ...bearer, exp: bearer.exp + 1 }, to, how),
      sealLink({ ...bearer, instance: bearer.subject }, to, how),
      sealLink({ ...bearer, subject: bearer.instance }, to, how),
      sealLink(bearer, { ...to, target: `${to.target}0` }, how),
      sealLink(bearer, { ...to, api: "apo" }, how),
      sealLink(bearer, to, { ...how, keys: otherKeys }),
    ];
    const salts = [link, ...others].map((text) => Buffer.from(text, "base64url").subarray(2, 18).toString("hex"));
    expect(new Set(salts).size).toBe(others.length + 1);
  });

  it("open for this target, API, project and seed alone", () => {
    for (const target of ["/apod/image/2408/moon.jpg", `${to.target}&a=1`, to.target.replace("moon", "Moon"), "/", ""])
      expect(openLink(link, { ...to, target }, opener)).toBeNull();
    expect(openLink(link, { ...to, api: "nasa" }, opener)).toBeNull();
    expect(openLink(link, { api: `${to.api}/apod`, target: to.target.slice(5) }, opener)).toBeNull();
    expect(openLink(link, to, { ...opener, project: otherProject })).toBeNull();
    expect(openLink(link, to, { ...opener, keysOf: () => otherKeys })).toBeNull();
    expect(openLink(link, to, { ...opener, keysOf: () => null })).toBeNull();
  });

  it("are made of keys of which none opens what another sealed", () => {
    expect(new Set(Object.values(keys).map((key) => Buffer.from(key).toString("hex"))).size).toBe(3);
    expect(sealLink(bearer, to, { ...how, decoy: true })).not.toBe(link);
  });

  it("are refused with any character changed, added or taken away", () => {
    for (let at = 0; at < link.length; at += 1)
      for (const other of ["A", "B", "_", "=", "%", "."]) {
        if (link[at] === other) continue;
        expect(openLink(`${link.slice(0, at)}${other}${link.slice(at + 1)}`, to, opener)).toBeNull();
      }
    for (const text of ["", link.slice(1), link.slice(0, -1), `${link}A`, `${link}=`])
      expect(openLink(text, to, opener)).toBeNull();
  });

  it("are refused with any bit changed", () => {
    const bytes = Buffer.from(link, "base64url");
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(openLink(changed.toString("base64url"), to, opener)).toBeNull();
    }
  });

  it("of a decoy open as a decoy's alone, and genuine ones as genuine alone", () => {
    const decoy = sealLink(bearer, to, { ...how, decoy: true });
    expect(openLink(decoy, to, { ...opener, decoy: true })).toEqual(bearer);
    expect(openLink(decoy, to, opener)).toBeNull();
    expect(openLink(link, to, { ...opener, decoy: true })).toBeNull();
  });

  it("are no passes and no credentials, nor these links", () => {
    const { instance, subject } = bearer;
    const pass = sealPass(
      { instance, subject, app: "a", verdict: "trusted", session: instance, issuedAtMs: 1, exp: 2, secrets: [] },
      { ...passes, salt: draw16(3) },
    );
    expect(openLink(pass ?? "", to, opener)).toBeNull();
    expect(openPass(link, passes).ok).toBe(false);
    expect(openCredential(link, passes).ok).toBe(false);
  });

  it("are not made of an instance or subject that is none", () => {
    expect(() => sealLink({ ...bearer, instance: "short" }, to, how)).toThrow(TypeError);
    expect(() => sealLink({ ...bearer, subject: "" }, to, how)).toThrow(TypeError);
  });
});
