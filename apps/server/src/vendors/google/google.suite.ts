import { generateKeyPairSync, verify } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { createVirtualPlay, type VirtualPlay } from "@countersign/virtual-device";
import type { GoogleServiceAccount } from "../../domain/ports/index.ts";

const { privateKey, publicKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});

/** An account that `startGoogle` knows. */
export const account: GoogleServiceAccount = {
  clientEmail: "verifier@project.iam.gserviceaccount.example",
  privateKey,
};

/** What the next decode call is answered with instead of the truth. */
export interface Trouble {
  readonly status?: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Never answer. */
  readonly hang?: true;
}

/** Google's token endpoint and Play Integrity API on loopback. */
export interface Google {
  readonly origin: string;
  readonly tokenUrl: string;
  readonly play: VirtualPlay;
  /** Paths asked for, in order. */
  readonly asked: readonly string[];
  trouble(call: "token" | "decode", ...troubles: readonly Trouble[]): void;
  close(): Promise<void>;
}

export async function startGoogle(nowMs: () => number): Promise<Google> {
  const play = createVirtualPlay();
  const asked: string[] = [];
  const troubles: Record<"token" | "decode", Trouble[]> = { token: [], decode: [] };
  const granted = new Set<string>();
  const server = createServer((request, response) => {
    void answer(request).then(({ hang, status = 200, body = "", headers = {} }) => {
      if (hang) return;
      response.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
    });
  });

  async function answer(request: IncomingMessage): Promise<Trouble> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const path = request.url ?? "";
    asked.push(path);
    const call = path === "/token" ? "token" : "decode";
    const trouble = troubles[call].shift();
    if (trouble !== undefined) return trouble;
    const text = Buffer.concat(chunks).toString();
    return call === "token" ? grant(text) : decode(path, text, request.headers.authorization ?? "");
  }

  function grant(text: string): Trouble {
    const form = new URLSearchParams(text);
    const [header = "", claims = "", signature = ""] = (form.get("assertion") ?? "").split(".");
    const signed = verify("sha256", Buffer.from(`${header}.${claims}`), publicKey, Buffer.from(signature, "base64url"));
    const { iss, scope, aud, iat, exp } = JSON.parse(Buffer.from(claims, "base64url").toString()) as Record<
      string,
      unknown
    >;
    const seconds = Math.floor(nowMs() / 1000);
    const meant =
      form.get("grant_type") === "urn:ietf:params:oauth:grant-type:jwt-bearer" &&
      iss === account.clientEmail &&
      scope === "https://www.googleapis.com/auth/playintegrity" &&
      aud === `${origin}/token` &&
      typeof iat === "number" &&
      // A second may have begun since.
      seconds - iat <= 5 &&
      iat <= seconds &&
      exp === iat + 3600;
    if (!signed || !meant) return { status: 400, body: '{"error":"invalid_grant"}' };
    const token = `ya29.${granted.size}`;
    granted.add(token);
    return { body: JSON.stringify({ access_token: token, expires_in: 3599, token_type: "Bearer" }) };
  }

  function decode(path: string, text: string, authorization: string): Trouble {
    if (!granted.has(authorization.replace("Bearer ", ""))) return { status: 401, body: "{}" };
    const { integrityToken = "" } = JSON.parse(text) as { integrityToken?: string };
    const verdict = /^\/v1\/com\.example\.[a-z]+:decodeIntegrityToken$/.test(path) ? play.decode(integrityToken) : null;
    if (verdict === null) return { status: 400, body: '{"error":{"code":400,"status":"INVALID_ARGUMENT"}}' };
    return { body: JSON.stringify({ tokenPayloadExternal: verdict }) };
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    tokenUrl: `${origin}/token`,
    play,
    asked,
    trouble: (call, ...next) => void troubles[call].push(...next),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
