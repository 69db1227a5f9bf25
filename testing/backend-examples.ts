import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../examples/backends", import.meta.url));
const goPath = "/usr/share/gocode";
const javaLibraries = ["annotations", "core", "databind"].map((part) => `/usr/share/java/jackson-${part}.jar`);

const runs = (program: string, ...args: readonly string[]): boolean =>
  spawnSync(program, args, { stdio: "ignore" }).status === 0;

function build(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): void {
  const { status, stderr } = spawnSync(program, args, { env: { ...process.env, ...env }, encoding: "utf8" });
  if (status !== 0) throw new Error(`${program}: ${stderr}`);
}

/** The token check of a backend in one language. */
export interface BackendExample {
  /** Under examples/backends. */
  readonly file: string;
  /** Whether this machine has what Debian ships for it. */
  present(): boolean;
  /** Compiles into the temporary folder where that is needed, and gives the command that listens on a free port of loopback. */
  prepare(temporary: string): readonly string[];
}

export const backendExamples: Readonly<Record<string, BackendExample>> = {
  Python: {
    file: "python/check.py",
    // Debian's own: a second Python may stand before it in PATH.
    present: () => runs("/usr/bin/python3", "-c", "import jwt, cryptography"),
    prepare: () => ["/usr/bin/python3", join(folder, "python/check.py")],
  },
  Go: {
    file: "go/check.go",
    present: () => existsSync(join(goPath, "src/github.com/golang-jwt/jwt")) && runs("go", "version"),
    prepare: (temporary) => {
      const program = join(temporary, "check-go");
      build("go", ["build", "-o", program, join(folder, "go/check.go")], {
        GO111MODULE: "off",
        GOPATH: goPath,
        GOCACHE: join(temporary, "go-cache"),
        GOFLAGS: "",
      });
      return [program];
    },
  },
  Java: {
    file: "java/Check.java",
    present: () => javaLibraries.every((library) => existsSync(library)) && runs("javac", "-version"),
    prepare: (temporary) => {
      const classes = join(temporary, "java");
      build("javac", ["-d", classes, "-cp", javaLibraries.join(":"), join(folder, "java/Check.java")]);
      return ["java", "-cp", [classes, ...javaLibraries].join(":"), "Check"];
    },
  },
  PHP: {
    file: "php/check.php",
    present: () => runs("php", "-r", "exit(extension_loaded('openssl') ? 0 : 1);"),
    prepare: () => ["php", "-S", "127.0.0.1:0", join(folder, "php/check.php")],
  },
  Ruby: {
    file: "ruby/check.rb",
    present: () => runs("/usr/bin/ruby", "-e", "require 'jwt'; require 'webrick'"),
    prepare: () => ["/usr/bin/ruby", join(folder, "ruby/check.rb")],
  },
};

/** A running example, or one that ended before it listened. */
export interface RunningExample {
  /** Null where the program refused to start. */
  readonly origin: string | null;
  stop(): Promise<void>;
}

/** Starts an example under these variables alone, and waits until it says where it listens. */
export async function startExample(
  [program = "", ...args]: readonly string[],
  variables: Readonly<Record<string, string>>,
): Promise<RunningExample> {
  const env = { PATH: process.env.PATH ?? "", ...variables };
  const child: ChildProcess = spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const origin = await new Promise<string | null>((resolve) => {
    let said = "";
    const read = (part: Buffer): void => {
      said += part.toString();
      const [found] = /http:\/\/127\.0\.0\.1:[1-9]\d*(?=\D)/.exec(said) ?? [];
      if (found !== undefined) resolve(found);
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    void ended.then(() => resolve(null));
  });
  return {
    origin,
    stop: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
