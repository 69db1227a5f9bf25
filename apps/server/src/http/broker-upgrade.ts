import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { type Broker, refuseUpgrade } from "@countersign/broker";
import { isId } from "@countersign/protocol";

export interface BrokerUpgrading {
  readonly broker: Pick<Broker, "upgrade">;
  readonly isProject: (id: string) => Promise<boolean>;
  /** Null where the address of a connection is a proxy's. */
  readonly networkOf: ((address: string) => string) | null;
}

const brokered = /^\/b\/([^/?]+)\/([^/?]+)(\/.*)$/;

/** Whether a request opens a brokered WebSocket. Every other one that offers to upgrade is answered as if it did not (RFC 9110 §7.8 lets a server). */
export function isBrokeredOpening({ url, headers }: IncomingMessage): boolean {
  return brokered.test(url ?? "") && headers.upgrade?.toLowerCase() === "websocket";
}

/** Hands the WebSockets that are opened at `/b/{project}/{api}/{rest}` to the broker, as they came from the wire. */
export function takeUpgrades(server: Server, { broker, isProject, networkOf }: BrokerUpgrading): void {
  async function take(message: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const rawTarget = message.url ?? "";
    const [, project = "", api = "", rest = ""] = brokered.exec(rawTarget) ?? [];
    if (!isBrokeredOpening(message) || !isId(api) || !(await isProject(project))) {
      return refuseUpgrade(socket, "not_found");
    }
    const address = message.socket.remoteAddress;
    const network = networkOf === null || address === undefined ? {} : { network: networkOf(address) };
    await broker.upgrade({ project, api, rest, rawTarget, message, ...network }, socket, head);
  }
  server.on("upgrade", (message: IncomingMessage, socket: Duplex, head: Buffer) => {
    // A connection that breaks ends in its close; without a listener it would end the process.
    socket.on("error", () => {});
    take(message, socket, head).catch(() => refuseUpgrade(socket, "unavailable"));
  });
}
