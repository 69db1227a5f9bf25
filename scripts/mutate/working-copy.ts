import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";

const ownScope = "@countersign";

/** What is installed beside the workspaces, and read by tests of native code: compilers, libraries and declarations. */
const installed = ["testing/native/node_modules", "testing/native/.swift", "examples/astropiks/app/node_modules"];

/** A copy of the repository to break things in. Never shares a file of the project with the original, only third-party packages. */
export interface WorkingCopy {
  readonly root: string;
  remove(): void;
}

/** Files that git tracks or would track, as they are in the working tree. */
function projectFiles(root: string): readonly string[] {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  const names = [...new Set(listed.split("\0"))].filter((name) => name !== "");
  return names.filter((name) => existsSync(join(root, name)) && lstatSync(join(root, name)).isFile());
}

/**
 * Third-party packages are links to the original's. The project's own are links to their folders *in the copy*: through the original's links a
 * test would import the code that nobody broke.
 */
function linkPackages(root: string, copy: string): void {
  const modules = join(root, "node_modules");
  mkdirSync(join(copy, "node_modules", ownScope), { recursive: true });
  for (const name of readdirSync(modules)) {
    if (name !== ownScope && (name === ".bin" || !name.startsWith("."))) {
      symlinkSync(join(modules, name), join(copy, "node_modules", name));
    }
  }
  for (const name of readdirSync(join(modules, ownScope))) {
    const workspace = relative(realpathSync(root), realpathSync(join(modules, ownScope, name)));
    const target = join("..", "..", workspace);
    if (existsSync(join(copy, workspace))) symlinkSync(target, join(copy, "node_modules", ownScope, name));
    const nested = join(workspace, "node_modules");
    if (existsSync(join(root, nested)) && existsSync(join(copy, workspace))) {
      symlinkSync(join(root, nested), join(copy, nested));
    }
  }
}

function linkInstalled(root: string, copy: string): void {
  for (const folder of installed) {
    if (existsSync(join(root, folder)) && existsSync(dirname(join(copy, folder)))) {
      symlinkSync(join(root, folder), join(copy, folder));
    }
  }
}

/** Copies the repository at `root` into a new temporary folder. */
export function createWorkingCopy(root: string): WorkingCopy {
  const copy = mkdtempSync(join(realpathSync(tmpdir()), "countersign-mutate-"));
  for (const name of projectFiles(root)) {
    mkdirSync(dirname(join(copy, name)), { recursive: true });
    copyFileSync(join(root, name), join(copy, name));
  }
  linkPackages(root, copy);
  linkInstalled(root, copy);
  return { root: copy, remove: () => rmSync(copy, { recursive: true, force: true }) };
}
