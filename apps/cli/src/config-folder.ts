import { join } from "node:path";
import type { CliIo } from "./cli-io.ts";

/** Where credentials are kept: `$XDG_CONFIG_HOME/countersign`, by default `~/.config/countersign` (XDG Base Directory Specification). */
export function configFolder(io: Pick<CliIo, "env" | "home">): string {
  const named = io.env.XDG_CONFIG_HOME;
  return join(named?.startsWith("/") ? named : join(io.home, ".config"), "countersign");
}

/** The data folder: `--data`, else COUNTERSIGN_DATA, else `./.countersign`. */
export function dataFolder(io: Pick<CliIo, "env">, option: string | undefined): string {
  return option ?? (io.env.COUNTERSIGN_DATA || ".countersign");
}
