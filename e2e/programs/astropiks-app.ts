/*
 * AstroPiks on its phone, in a process of its own: the gallery's code as it is, an agent, and a virtual iPhone. What it says to the network goes through
 * proxies whose authority the phone trusts, and is written down at its sockets too. It never learns what is looked for. Forked with an IPC
 * channel; the parent speaks first, with `Begin`.
 */
import { createTestAuthority } from "@countersign/virtual-device";
import { createDeliveredForm } from "../../examples/astropiks/src/forms/delivered.ts";
import type { Gallery } from "../../examples/astropiks/src/gallery/gallery.ts";
import { createDemoAgent } from "../../examples/astropiks/src/world/demo-agent.ts";
import { createDemoDevices } from "../../examples/astropiks/src/world/demo-devices.ts";
import { takePicture } from "../../testing/memory-picture.ts";
import { recordSockets } from "./record-sockets.ts";

/** What the parent begins with. */
export interface Begin {
  readonly configuration: string;
  readonly project: string;
  /** Authorities of the proxies, PEM. */
  readonly serviceCa: string;
  readonly trustedCas: readonly string[];
  /** `https://localhost:PORT`, and the port where its connections really end. */
  readonly origin: string;
  readonly proxyPort: number;
  readonly placeholder: string;
  readonly socketsFile: string;
}

export type Command =
  | { readonly kind: "begin"; readonly with: Begin }
  /** Lists so many pictures and fetches each. */
  | { readonly kind: "gallery"; readonly count: number }
  /** Opens one day's entry after another until `rest`, and then says how many it opened and which errors there were. */
  | { readonly kind: "browse" }
  | { readonly kind: "rest" }
  | { readonly kind: "memory"; readonly heap: string; readonly buffers: string }
  | { readonly kind: "stop" };

export type Told =
  | { readonly kind: "anchors"; readonly pems: readonly string[] }
  /** A session was opened: its secrets' modes and versions. */
  | { readonly kind: "session"; readonly modes: readonly string[]; readonly versions: readonly number[] }
  | { readonly kind: "watching" }
  | { readonly kind: "done"; readonly id: number; readonly result: unknown }
  | { readonly kind: "failed"; readonly id: number; readonly error: string };

const tell = (message: Told): void => void process.send?.(message);
const nowMs = Date.now;
const authority = createTestAuthority({ nowMs: nowMs() });
let gallery: Gallery | null = null;
let stop: () => void = () => {};
let isBrowsing = false;

async function begin(given: Begin): Promise<void> {
  recordSockets(given.socketsFile);
  const { configuration, project, serviceCa, trustedCas, origin, placeholder } = given;
  const device = createDemoDevices({ authority, project, nowMs }).iphone();
  const divert = (): number => given.proxyPort;
  const { agent } = createDemoAgent({ device, configuration, serviceCa, trustedCas, divert, watch: true });
  agent.on("session", ({ secrets }) =>
    tell({ kind: "session", modes: secrets.map(({ mode }) => mode), versions: secrets.map(({ version }) => version) }),
  );
  let watched = false;
  agent.on("changed", ({ watching }) => {
    if (watching && !watched) tell({ kind: "watching" });
    watched = watching;
  });
  gallery = createDeliveredForm({ origin, agent, placeholder, nowMs });
  stop = () => agent.stop();
  await agent.start();
}

function held(): Gallery {
  if (gallery === null) throw new TypeError("the parent did not begin");
  return gallery;
}

async function browse(): Promise<{ readonly opened: number; readonly errors: readonly string[] }> {
  const errors: string[] = [];
  let opened = 0;
  isBrowsing = true;
  while (isBrowsing) {
    await held()
      .detail("2024-01-01")
      .then(
        () => (opened += 1),
        (error: unknown) => errors.push(String(error)),
      );
  }
  return { opened, errors };
}

async function obey(command: Command): Promise<unknown> {
  if (command.kind === "begin") return begin(command.with);
  if (command.kind === "gallery") {
    const photos = await held().list(command.count);
    const pictures = await Promise.all(photos.map((photo) => held().picture(photo)));
    return pictures.map((bytes) => Buffer.from(bytes.subarray(1, 4)).toString());
  }
  if (command.kind === "browse") return browse();
  if (command.kind === "memory") return takePicture(command);
  isBrowsing = false;
  if (command.kind === "stop") {
    stop();
    setImmediate(() => process.exit());
  }
  return null;
}

process.on("message", ({ id, command }: { id: number; command: Command }) => {
  void obey(command).then(
    (result) => tell({ kind: "done", id, result }),
    (error: unknown) => tell({ kind: "failed", id, error: String(error) }),
  );
});
process.on("disconnect", () => process.exit());
tell({ kind: "anchors", pems: authority.pems });
