import { connect, createServer, type TLSSocket } from "node:tls";
import { describe, expect, it } from "vitest";
import { createTlsAuthority } from "../../../testing/tls-authority.ts";
import { channelOptions } from "./channel.ts";

const nowMs = Date.now();
const pinned = createTlsAuthority({ name: "Pinned CA", nowMs });
const other = createTlsAuthority({ name: "Other CA", nowMs });

/** Whether a connection under the channel comes up, against a server of `authority` that also sends `extraPem`. */
async function outcome(authority: typeof pinned, extraPem: string, pins: readonly string[]): Promise<"up" | "refused"> {
  const { cert, key } = authority.issue(["localhost"]);
  const server = createServer({ cert: cert + extraPem, key }, (socket) => {
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const options = channelOptions({ channel: "pins", pins, roots: [], furtherCas: [pinned.pem, other.pem] });
  const result = await new Promise<"up" | "refused">((resolve) => {
    const socket: TLSSocket = connect({ ...options, host: "127.0.0.1", port, servername: "localhost" });
    socket.once("secureConnect", () => {
      socket.destroy();
      resolve("up");
    });
    socket.once("error", () => resolve("refused"));
  });
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return result;
}

describe("an upstream under a pinned channel", () => {
  const pins = [pinned.spkiPin, "A".repeat(43)];

  it("comes up where the pinned authority issued its certificate", async () => {
    expect(await outcome(pinned, "", pins)).toBe("up");
  });

  it("is refused under another authority, also where that one sends the pinned one's certificate along", async () => {
    expect(await outcome(other, "", pins)).toBe("refused");
    expect(await outcome(other, pinned.pem, pins)).toBe("refused");
  });

  it("is refused where the chain it composed rests on a customer's certificate of the pinned authority", async () => {
    expect(await outcome(other, pinned.vouchFor(other, "customer") + pinned.pem, pins)).toBe("refused");
  });
});
