import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What the demo keeps between starts, beside the service's own files: its administrator's token. */
export interface DemoFolder {
  readonly tokenFile: string;
  /** Null on the first start. */
  readToken(): string | null;
  /** Mode 0600. */
  writeToken(token: string): void;
}

/** Opens the `demo` folder in a data folder that the service holds. */
export function openDemoFolder(data: string): DemoFolder {
  const folder = join(data, "demo");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const tokenFile = join(folder, "administrator.token");
  return {
    tokenFile,
    readToken() {
      try {
        return readFileSync(tokenFile, "utf8").trim();
      } catch {
        return null;
      }
    },
    writeToken(token) {
      writeFileSync(tokenFile, `${token}\n`, { mode: 0o600 });
      chmodSync(tokenFile, 0o600);
    },
  };
}
