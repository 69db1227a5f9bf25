import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { npm } from "./node-release.ts";

const root = join(import.meta.dirname, "..");

interface Packed {
  readonly manifest: { readonly name: string; readonly version: string };
  readonly tarball: Buffer;
}

interface WorkspaceManifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Folders of these packages and of all that they depend on in the workspace. */
function foldersOf(names: readonly string[]): readonly string[] {
  const folders = ["packages", "apps"].flatMap((group) =>
    readdirSync(join(root, group)).map((name) => `./${group}/${name}`),
  );
  const known = new Map(
    folders.map((path): [string, { readonly path: string; readonly manifest: WorkspaceManifest }] => {
      const manifest = JSON.parse(readFileSync(join(root, path, "package.json"), "utf8")) as WorkspaceManifest;
      return [manifest.name, { path, manifest }];
    }),
  );
  const wanted = new Set(names);
  for (const name of wanted)
    for (const each of Object.keys(known.get(name)?.manifest.dependencies ?? {})) if (known.has(each)) wanted.add(each);
  return [...wanted].map((name) => known.get(name)?.path ?? name);
}

/** Compiles the workspace, and packs these packages and what they need of it as they would be published. */
export function packWorkspace(folder: string, names: readonly string[]): readonly Packed[] {
  execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-b"], { cwd: root });
  const into = join(folder, "packed");
  mkdirSync(into);
  npm(root, "pack", "--pack-destination", into, ...foldersOf(names));
  return readdirSync(into).map((file) => {
    const manifest = execFileSync("tar", ["xzfO", join(into, file), "package/package.json"], { encoding: "utf8" });
    return { manifest: JSON.parse(manifest), tarball: readFileSync(join(into, file)) };
  });
}

/** A registry of these packages alone, for npm's `@scope:registry`, on a free port of loopback. */
export async function startRegistry(packages: readonly Packed[]): Promise<Server> {
  const byPath = new Map(packages.map((each): [string, Packed] => [`/${each.manifest.name}`, each]));
  const server = createServer((request, response) => {
    const [path = "", file] = decodeURIComponent(request.url ?? "").split("/-/");
    const found = byPath.get(path);
    if (found === undefined) return void response.writeHead(404).end("{}");
    const { manifest, tarball } = found;
    if (file !== undefined) return void response.end(tarball);
    const dist = {
      tarball: `http://${request.headers.host}/${manifest.name}/-/packed.tgz`,
      integrity: `sha512-${createHash("sha512").update(tarball).digest("base64")}`,
    };
    const { name, version } = manifest;
    const versions = { [version]: { ...manifest, dist } };
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ name, "dist-tags": { latest: version }, versions }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}
