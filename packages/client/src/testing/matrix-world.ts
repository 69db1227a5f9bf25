import type { Place } from "@countersign/protocol";
import { createTlsAuthority } from "../../../../testing/tls-authority.ts";
import { type Agent, createAgent } from "../agent.ts";
import { createNodePorts } from "../node/index.ts";
import { type EchoUpstream, serveEcho } from "./echo-upstream.ts";
import { FakeProject } from "./fake-project.ts";
import { FakeService } from "./fake-service.ts";
import { createSoftwareKeys } from "./software-keys.ts";

export const placesIn = ["header", "query", "segment", "form", "json", "basic"] as const;
export const whens = ["placeholder", "always"] as const;
export const modes = ["delivered", "brokered"] as const;

/** One kind of place, and where requests find it: `/WHEN/MODE/IN` of the API. */
export interface Spot {
  readonly in: (typeof placesIn)[number];
  readonly when: (typeof whens)[number];
  readonly mode: (typeof modes)[number];
}

export const spots: readonly Spot[] = placesIn.flatMap((each) =>
  whens.flatMap((when) => modes.map((mode): Spot => ({ in: each, when, mode }))),
);

const names: Readonly<Record<Spot["in"], string>> = {
  header: "X-Key",
  query: "key",
  segment: "4",
  form: "key",
  json: "/key",
  basic: "password",
};

export function pathOf(spot: Spot): string {
  return `/${spot.when}/${spot.mode}/${spot.in}`;
}

export function nameOf(spot: Spot): string {
  return `${spot.in}-${spot.when}-${spot.mode}`;
}

export function secretOf(spot: Spot): string {
  return `VALUE-${nameOf(spot)}`;
}

function placeOf(spot: Spot): Place {
  const { in: where, when } = spot;
  return { api: "places", methods: ["GET", "POST"], path: pathOf(spot), in: where, name: names[where], when };
}

/** A project with every kind of place on one API, another API that takes a token, and a server that is none of its own. */
export interface MatrixWorld {
  readonly project: FakeProject;
  readonly service: FakeService;
  readonly places: EchoUpstream;
  readonly tokened: EchoUpstream;
  readonly foreign: EchoUpstream;
  /** What stands in for the broker's WebSockets. */
  readonly broker: EchoUpstream;
  /** PEM */
  readonly ca: string;
  placeholder(spot: Spot): string;
  /** `sockets: false`: of a platform without the port for WebSockets. */
  createAgent(options?: { readonly sockets?: boolean }): Agent;
  close(): Promise<void>;
}

/** `system` where the client is a browser, which can hold a connection to nothing else. */
export async function createMatrixWorld(channel: "pins" | "system"): Promise<MatrixWorld> {
  const authority = createTlsAuthority({ name: "matrix", nowMs: Date.now() });
  const [places, tokened, foreign, broker] = await Promise.all(
    ["localhost", "127.0.0.2", "127.0.0.3", "127.0.0.4"].map((host) => serveEcho(authority, host)),
  );
  if (!places || !tokened || !foreign || !broker) throw new Error("no servers");
  const project = new FakeProject();
  project.broker = broker.origin;
  const pins = channel === "pins" ? [authority.spkiPin, Buffer.alloc(32, 2).toString("base64url")] : [];
  const held = { channel, pins, whenUnavailable: "fail" } as const;
  project.apis = [
    { api: "places", host: places.host, port: places.port, ...held },
    {
      api: "tokened",
      host: tokened.host,
      port: tokened.port,
      ...held,
      token: { header: "X-Token", prefix: "T ", bind: [] },
    },
  ];
  project.secrets = spots.map((spot) => ({
    name: nameOf(spot),
    value: secretOf(spot),
    version: 1,
    mode: spot.mode,
    places: [placeOf(spot)],
  }));
  const service = new FakeService(project, () => Date.now());
  const agents: Agent[] = [];
  return {
    project,
    service,
    places,
    tokened,
    foreign,
    broker,
    ca: authority.pem,
    placeholder: (spot) => project.placeholder(nameOf(spot)),
    createAgent({ sockets: hasSockets = true } = {}) {
      const configuration = project.configuration();
      const app = { id: project.app, version: "1.0.0", build: "1" };
      const ports = createNodePorts({
        configuration,
        app,
        keys: createSoftwareKeys("android"),
        trustedCas: [authority.pem],
      });
      const { sockets, ...rest } = ports;
      const held = hasSockets && sockets !== undefined ? { ...rest, sockets } : rest;
      const agent = createAgent({ configuration, ports: { ...held, service }, options: { watch: false } });
      agents.push(agent);
      return agent;
    },
    async close() {
      for (const agent of agents) agent.stop();
      await Promise.all([places, tokened, foreign, broker].map((each) => each.close()));
    },
  };
}
