import { describe, expect, test } from "vitest";
import { peerKind } from "./peer-address.ts";

describe("addresses of peers", () => {
  test.each(["93.184.216.34", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8"])(
    "lets a public address through: %s",
    (address) => {
      expect(peerKind(address)).toBe("public");
    },
  );

  test.each([
    "127.0.0.1",
    "127.255.255.254",
    "10.1.2.3",
    "172.31.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "::1",
    "fd12:3456::1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:10.0.0.1",
    "::127.0.0.1",
  ])("knows a private address: %s", (address) => {
    expect(peerKind(address)).toBe("private");
  });

  test.each([
    "169.254.169.254",
    "169.254.170.2",
    "::ffff:169.254.169.254",
    "::ffff:a9fe:a9fe",
    "fe80::1",
    "fe80::1%eth0",
    "fd00:ec2::254",
    "100.100.100.200",
    "0.0.0.0",
    "::",
    "255.255.255.255",
    "224.0.0.1",
    "64:ff9b::7f00:1",
    "::ffff:0:127.0.0.1",
    "4000::1",
    "2002:7f00:1::",
    "localhost",
    "",
    "127.1",
    "0x7f.1",
  ])("never lets through link-local, metadata, reserved, translated or unreadable addresses: %s", (address) => {
    expect(peerKind(address)).toBe("forbidden");
  });
});
