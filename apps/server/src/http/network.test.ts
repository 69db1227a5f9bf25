import { describe, expect, it } from "vitest";
import { addressOf, createNetworkNames, networkOf } from "./network.ts";

describe("networkOf", () => {
  it.each([
    ["192.0.2.7", "192.0.2.7"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
    ["::ffff:c000:207", "192.0.2.7"],
    ["64:ff9b::192.0.2.7", "192.0.2.7"],
    ["64:ff9b::c000:207", "192.0.2.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
    ["2001:0DB8:0001:0002::9", "2001:db8:1:2"],
    ["2001:db8::1", "2001:db8:0:0"],
    ["::1", "0:0:0:0"],
    ["fe80::1%eth0", "fe80:0:0:0"],
  ])("takes %s as %s", (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});

describe("addressOf", () => {
  it.each([
    ["192.0.2.7", "192.0.2.7"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
    ["2001:DB8::1", "2001:db8::1"],
    ["fe80::1%eth0", "fe80::1"],
    ["", null],
    ["unknown", null],
    ["192.0.2.7, 10.0.0.1", null],
  ])("of %j is %j", (address, expected) => {
    expect(addressOf(address)).toBe(expected);
  });
});

describe("createNetworkNames", () => {
  it("names a network the same for a day, otherwise the next, and never by its address", () => {
    let nowMs = 0;
    const nameOf = createNetworkNames({ nowMs: () => nowMs });
    const today = nameOf("2001:db8::1");
    expect(nameOf("2001:db8::2")).toBe(today);
    expect(nameOf("192.0.2.1")).not.toBe(today);
    nowMs = 86_400_000;
    expect(nameOf("2001:db8::1")).not.toBe(today);
    expect(today).toMatch(/^[A-Za-z0-9_-]{22}$/);
  });
});
