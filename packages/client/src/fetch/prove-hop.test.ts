import { describe, expect, it } from "vitest";
import { DpopNonces } from "../proofs/dpop-nonces.ts";
import { Prover } from "../proofs/prover.ts";
import type { Session } from "../session/session.ts";
import { createSoftwareKeys } from "../testing/software-keys.ts";
import { apiOf } from "../testing/test-agent.ts";
import type { FetchDeps } from "./fetch-deps.ts";
import type { FilledHop } from "./fill-hop.ts";
import type { PreparedHop } from "./prepare-hop.ts";
import { proveHop } from "./prove-hop.ts";

const url = { host: "api.nasa.gov", port: 443, path: "/a", query: null, text: "https://api.nasa.gov/a" };
const filled: FilledHop = { url, headers: [], body: null, token: null, brokered: false, unfilled: [] };

function sessionOf(alias: string, expiresInMs: number): Session {
  return { alias, serviceNowMs: () => 5000, expiresInMs: () => expiresInMs } as unknown as Session;
}

async function setting() {
  const keys = createSoftwareKeys("android");
  const { alias } = await keys.enrol(new Uint8Array(60));
  const prover = new Prover({ keys, randomness: { bytes: (length) => new Uint8Array(length) } });
  const session = sessionOf(alias, 1);
  const deps = { prover, wipes: () => 0 } as unknown as FetchDeps;
  const hopOf = (change: Partial<PreparedHop & { kind: "protected" }>): PreparedHop & { kind: "protected" } =>
    ({
      kind: "protected",
      match: { api: apiOf({ proof: "dpop" }) },
      session,
      ownToken: null,
      wipes: 0,
      mayAdd: true,
      ...change,
    }) as never;
  return { deps, hopOf, alias };
}

describe("proveHop", () => {
  it("adds nothing to a hop of another origin, even where there is a session", async () => {
    const { deps, hopOf } = await setting();
    const proven = await proveHop(deps, "GET", hopOf({ mayAdd: false }), filled, new DpopNonces());
    expect(proven).toEqual({ headers: [], nonce: null });
  });

  it("makes a proof without a token where the API has none", async () => {
    const { deps, hopOf } = await setting();
    const proven = await proveHop(deps, "GET", hopOf({}), filled, new DpopNonces());
    const claims = JSON.parse(
      Buffer.from(proven?.headers[0]?.[1].split(".")[1] ?? "", "base64url").toString(),
    ) as object;
    expect(Object.keys(claims)).toEqual(["jti", "htm", "htu", "iat"]);
    const match = { api: apiOf({ proof: "httpsig" }) } as never;
    const signed = await proveHop(deps, "GET", hopOf({ match }), filled, new DpopNonces());
    expect(signed?.headers[0]?.[1]).toContain('countersign=("@method" "@target-uri");');
  });

  it("sends nothing of a session that ran out while the key was at work", async () => {
    const { deps, hopOf, alias } = await setting();
    const over = sessionOf(alias, 0);
    await expect(proveHop(deps, "GET", hopOf({ session: over }), filled, new DpopNonces())).rejects.toMatchObject({
      code: "token_unavailable",
    });
  });
});

describe("DPoP nonces", () => {
  it("are kept for 256 origins at most, the newest of each", () => {
    const nonces = new DpopNonces();
    for (let index = 0; index < 300; index += 1) nonces.keep(`h${index}:443`, `n${index}`);
    nonces.keep("h299:443", "newer");
    expect([nonces.of("h43:443"), nonces.of("h44:443"), nonces.of("h299:443")]).toEqual([null, "n44", "newer"]);
  });
});
