import { isBrokerOrigin } from "@countersign/protocol";
import { brokerCredentialOf, parseBrokerKey } from "../brokers/broker-credential.ts";
import type { BrokerCredential, Project } from "../ports/index.ts";
import { type Actor, type AdminContext, audited, projectOf } from "./admin-context.ts";
import { AdminError, invalidInput } from "./admin-error.ts";
import { parseIdentifier } from "./rules/identifier.ts";
import { accept } from "./rules/rule.ts";

const mostBrokers = 16;

/** A credential of a broker that stands alone, as operators see it: never the credential. */
export type BrokerView = Pick<BrokerCredential, "name" | "origin" | "inUse" | "createdAtMs">;

export interface BrokerInput {
  readonly name: string;
  /** Where agents reach it. Default null: it cannot be used by agents yet. */
  readonly origin?: string | null | undefined;
}

/** `credential` is `csk_`, a private key's 32 bytes as b64u, `~`, and the project's configuration string. Shown once; the service keeps the public key. */
export interface NewBroker extends BrokerView {
  readonly credential: string;
}

const toView = ({ name, origin, inUse, createdAtMs }: BrokerCredential): BrokerView => ({
  name,
  origin,
  inUse,
  createdAtMs,
});

export async function listBrokers(context: AdminContext, projectId: string): Promise<readonly BrokerView[]> {
  const project = await projectOf(context, projectId);
  return (await context.store.brokers.list(project.id)).map(toView);
}

/** Makes a credential with which a broker on a machine of its own is given what it needs of this project. Agents are not told of it yet. */
export async function addBroker(
  context: AdminContext,
  actor: Actor,
  projectId: string,
  input: BrokerInput,
): Promise<NewBroker> {
  const project = await projectOf(context, projectId);
  const name = accept("/name", parseIdentifier(input.name));
  const origin = input.origin ?? null;
  if (origin !== null) checkOrigin(project, origin);
  const others = await context.store.brokers.list(project.id);
  if (others.length >= mostBrokers) {
    throw new AdminError("limit_reached", `A project has at most ${mostBrokers} brokers. Remove one first.`);
  }
  // What was seen is remembered by one process: two behind one origin would each take a request once.
  if (origin !== null && others.some((each) => each.origin === origin)) {
    throw new AdminError("conflict", "Another broker of this project has this origin. Remove it first.");
  }
  const secret = brokerCredentialOf(context.random(32));
  const key = parseBrokerKey(secret);
  // One in 2^32 numbers of 32 bytes is no private key.
  if (key === null) throw new AdminError("conflict", "No key could be made. Try again.");
  const broker: BrokerCredential = {
    project: project.id,
    name,
    origin,
    inUse: false,
    kid: key.kid,
    point: key.point,
    createdAtMs: context.nowMs(),
  };
  if (!(await context.store.brokers.add(broker))) {
    throw new AdminError("conflict", "There is a broker of this name. Choose another name, or remove it.");
  }
  await audited(context, actor, project.id, "broker.add", name, { origin });
  const configuration = context.operations.configurationOf(project, null);
  return { ...toView(broker), credential: `${secret}~${configuration}` };
}

/** Has agents send brokered requests to this broker from their next manifest on; null: to the service. */
export async function useBroker(
  context: AdminContext,
  actor: Actor,
  projectId: string,
  name: string | null,
): Promise<readonly BrokerView[]> {
  const project = await projectOf(context, projectId);
  const brokers = await context.store.brokers.list(project.id);
  const chosen = brokers.find((broker) => broker.name === name);
  if (name !== null && chosen === undefined) throw unknownBroker();
  if (chosen !== undefined && chosen.origin === null) {
    throw new AdminError(
      "conflict",
      "This broker has no origin that agents could be told. Make another with `countersign broker add NAME --origin URL`.",
    );
  }
  await context.store.brokers.use(project.id, name);
  await context.operations.republish(project.id);
  await audited(context, actor, project.id, "broker.use", name ?? "none");
  return listBrokers(context, project.id);
}

/** Takes a credential out of use: its broker serves nobody from now on, and agents that were sent there go to the service. */
export async function removeBroker(
  context: AdminContext,
  actor: Actor,
  projectId: string,
  name: string,
): Promise<void> {
  const project = await projectOf(context, projectId);
  const wasInUse = (await context.store.brokers.list(project.id)).some((each) => each.name === name && each.inUse);
  if (!(await context.store.brokers.remove(project.id, name))) throw unknownBroker();
  if (wasInUse) await context.operations.republish(project.id);
  else context.operations.brokersChanged(project.id);
  await audited(context, actor, project.id, "broker.remove", name);
}

function checkOrigin(project: Project, origin: string): void {
  if (isBrokerOrigin(origin, project.kind)) return;
  throw invalidInput(
    "/origin",
    "An origin is https://HOST or https://HOST:PORT in lower case, without a path and without the port 443; in a development project also http to this machine.",
  );
}

function unknownBroker(): AdminError {
  return new AdminError("not_found", "There is no such broker. `countersign broker list` shows those there are.");
}
