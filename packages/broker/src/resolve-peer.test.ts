import { describe, expect, test } from "vitest";
import { type Resolve, resolvePeer } from "./resolve-peer.ts";

const to =
  (...addresses: string[]): Resolve =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));

describe("resolving the peer of an API", () => {
  test("gives the address that was judged", async () => {
    expect(await resolvePeer("api.example", false, to("93.184.216.34"))).toEqual({
      ok: true,
      peer: { address: "93.184.216.34", family: 4 },
    });
  });

  test("refuses a name that resolves to a private address, even where private peers are allowed", async () => {
    for (const address of ["10.0.0.7", "127.0.0.1", "::1"]) {
      expect(await resolvePeer("api.example", true, to(address))).toEqual({ ok: false, code: "upstream_refused" });
    }
  });

  test("refuses a name with one bad address among good ones", async () => {
    expect(await resolvePeer("api.example", false, to("93.184.216.34", "127.0.0.1"))).toMatchObject({ ok: false });
  });

  test("refuses a registered private address without the host's consent, and takes it with it", async () => {
    expect(await resolvePeer("10.0.0.7", false)).toEqual({ ok: false, code: "upstream_refused" });
    expect(await resolvePeer("10.0.0.7", true)).toMatchObject({ ok: true });
    expect(await resolvePeer("localhost", false)).toEqual({ ok: false, code: "upstream_refused" });
    expect(await resolvePeer("localhost", true)).toMatchObject({ ok: true });
  });

  test("refuses the metadata address whatever is allowed and however it is registered", async () => {
    expect(await resolvePeer("169.254.169.254", true)).toEqual({ ok: false, code: "upstream_refused" });
    expect(await resolvePeer("[fd00:ec2::254]", true)).toEqual({ ok: false, code: "upstream_refused" });
    expect(await resolvePeer("localhost", true, to("169.254.169.254"))).toEqual({
      ok: false,
      code: "upstream_refused",
    });
  });

  test("says unavailable where a name does not resolve", async () => {
    const fails: Resolve = async () => {
      throw new Error("ENOTFOUND");
    };
    expect(await resolvePeer("api.example", false, fails)).toEqual({ ok: false, code: "upstream_unavailable" });
    expect(await resolvePeer("api.example", false, to())).toEqual({ ok: false, code: "upstream_unavailable" });
  });
});
