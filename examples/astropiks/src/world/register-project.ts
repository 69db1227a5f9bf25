import type { AdminClient } from "./admin-client.ts";
import { AdminCallError } from "./admin-client.ts";
import { demoApp, demoNames } from "./demo-app.ts";

/** A project as the admin API shows it, as far as the demo reads it. */
export interface RegisteredProject {
  readonly id: string;
  readonly configuration: string;
}

interface ProjectList {
  readonly projects: readonly (RegisteredProject & { readonly name: string })[];
}

/** Creates what is not there and replaces what is: the second start on a folder meets the first one's project. */
async function put(
  admin: AdminClient,
  collection: string,
  id: string,
  body: Readonly<Record<string, unknown>>,
): Promise<void> {
  try {
    await admin.call("PUT", `${collection}/${id}`, body);
  } catch (error) {
    if (!(error instanceof AdminCallError) || error.status !== 404) throw error;
    await admin.call("POST", collection, { id, ...body });
  }
}

async function findOrCreate(
  admin: AdminClient,
  name: string,
  kind: "production" | "development",
): Promise<RegisteredProject> {
  const { projects } = await admin.call<ProjectList>("GET", "/projects");
  const known = projects.find((project) => project.name === name);
  return known ?? (await admin.call<RegisteredProject>("POST", "/projects", { name, kind }));
}

const apps = {
  ios: { appIds: [demoApp.appId] },
  android: { packageName: demoApp.packageName, signingDigests: [demoApp.signingDigest] },
};

export interface DemoProjectInput {
  /** PEM test anchors of the virtual devices. */
  readonly anchors: readonly string[];
  readonly upstream: { readonly host: string; readonly port: number; readonly rootPem: string };
  readonly apiKey: string;
  readonly brokeredKey: string;
}

/**
 * Registers AstroPiks as an operator would: a development project whose one difference from production is its trust anchors, the app on both
 * platforms, NASA's API held to its own root, and two keys with the one place they may stand in: one delivered, one brokered.
 */
export async function registerDemoProject(admin: AdminClient, input: DemoProjectInput): Promise<RegisteredProject> {
  const project = await findOrCreate(admin, demoNames.project, "development");
  const base = `/projects/${project.id}`;
  await admin.call("PUT", `${base}/anchors`, { pems: input.anchors });
  await put(admin, `${base}/apps`, demoApp.claims.id, apps);
  const { host, port, rootPem } = input.upstream;
  await put(admin, `${base}/apis`, demoNames.api, { host, port, channel: "roots", roots: [rootPem] });
  await put(admin, `${base}/apis`, demoNames.backend, {
    host: "backend.astropiks.example",
    channel: "system",
    token: { header: "Countersign-Token", prefix: "" },
  });
  const places = [
    {
      api: demoNames.api,
      methods: ["GET"],
      path: "/planetary/apod",
      in: "query",
      name: "api_key",
      when: "placeholder",
    },
  ];
  const { apiKey, brokeredKey } = input;
  await admin.call("PUT", `${base}/secrets/${demoNames.secret}`, { value: apiKey, mode: "delivered", places });
  await admin.call("PUT", `${base}/secrets/${demoNames.brokeredSecret}`, {
    value: brokeredKey,
    mode: "brokered",
    places,
  });
  return project;
}

/** The same app in a development project that also demands Play Integrity, opened with the given response keys. */
export async function registerPlayProject(
  admin: AdminClient,
  input: { readonly anchors: readonly string[]; readonly keys: object },
): Promise<RegisteredProject> {
  const project = await findOrCreate(admin, demoNames.playProject, "development");
  const base = `/projects/${project.id}`;
  await admin.call("PUT", `${base}/anchors`, { pems: input.anchors });
  await put(admin, `${base}/apps`, demoApp.claims.id, apps);
  await admin.call("PUT", `${base}/vendors/google-play-keys`, { [demoApp.packageName]: input.keys });
  await admin.call("PATCH", base, { play: "require" });
  return project;
}

/** The same app in a project of kind production, which trusts the vendors' anchors alone. */
export async function registerProductionProject(admin: AdminClient): Promise<RegisteredProject> {
  const project = await findOrCreate(admin, demoNames.productionProject, "production");
  await put(admin, `/projects/${project.id}/apps`, demoApp.claims.id, apps);
  return project;
}
