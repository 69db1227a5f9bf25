import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { createAborter } from "../abort.ts";
import type { ChannelPolicy } from "../ports.ts";
import { webChannelTransport } from "./web-channel-transport.ts";

it.each(["pins", "roots", "both"] as const)(
  "a page refuses a connection held to %s, which it cannot see, and sends nothing",
  async (channel) => {
    const reached: string[] = [];
    const server = createServer().on("connection", () => void reached.push(channel));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const policy: ChannelPolicy = { channel, pins: [Buffer.alloc(32).toString("base64url")], roots: [] };
    const request = {
      method: "GET",
      host: "127.0.0.1",
      port: (server.address() as AddressInfo).port,
      target: "/",
      headers: [],
      body: null,
      policy,
      abort: createAborter().handle,
    };
    await expect(webChannelTransport().send(request)).rejects.toMatchObject({ code: "channel_refused" });
    expect(reached).toEqual([]);
    server.close();
  },
);
