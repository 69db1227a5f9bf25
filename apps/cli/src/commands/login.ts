import { userInfo } from "node:os";
import type { Command } from "commander";
import { createAdminClient, toPath } from "../admin-client.ts";
import type { StatusAnswer } from "../answers.ts";
import type { CliContext } from "../cli-context.ts";
import { CliFailure } from "../cli-failure.ts";
import { forgetCredentials, storeCredentials, toServiceUrl } from "../credentials.ts";
import { defineCommand } from "../define-command.ts";
import { readHidden } from "../hidden-input.ts";
import { printable } from "../printable.ts";
import { refuseValueArguments, withoutValueArguments } from "../refuse-value-arguments.ts";

/** `countersign login`: proves a token to the service and keeps it. A bootstrap token is spent for an administrator token first. */
export function loginCommand(context: CliContext): Command {
  return defineCommand<{ url: string; name?: string }>(
    context,
    "login",
    "login",
    "Log in to a service. The bootstrap or administrator token is read from standard input, or asked for.",
    (command) =>
      withoutValueArguments(command)
        .requiredOption("--url <url>", "address of the service")
        .option("--name <name>", "with a bootstrap token: the administrator's name; default the system user's"),
    async (args, options) => {
      refuseValueArguments(args, 0);
      const url = toServiceUrl(options.url);
      const given = (await readHidden(context.io, "token")).trim();
      const token = given.startsWith("csb_") ? await redeem(url, given, options.name ?? userInfo().username) : given;
      if (!/^csa_[A-Za-z0-9_-]{43}$/.test(token)) {
        throw new CliFailure(
          "token_malformed",
          "That is no token of this service: administrator tokens begin with `csa_`, bootstrap tokens with `csb_`.",
        );
      }
      // Kept before it is tried: the bootstrap token is spent by now, and this is the only copy of what it bought.
      const file = given === token ? null : storeCredentials(context.io, { url, token });
      const { administrator } = (await createAdminClient({ url, token }).get(toPath("status"))) as StatusAnswer;
      const stored = file ?? storeCredentials(context.io, { url, token });
      return {
        json: { url, administrator, file: stored },
        text: `Logged in at ${url} as ${printable(administrator.name)}. The token is in ${stored}.\n`,
      };
    },
  );
}

/** `countersign logout`: forgets the stored token. */
export function logoutCommand(context: CliContext): Command {
  return defineCommand(
    context,
    "logout",
    "logout",
    "Forget the stored token.",
    (command) => command,
    async () => {
      const loggedOut = forgetCredentials(context.io);
      return { json: { loggedOut }, text: loggedOut ? "Logged out.\n" : "There was nothing to forget.\n" };
    },
  );
}

async function redeem(url: string, token: string, name: string): Promise<string> {
  const answer = await createAdminClient({ url, token: null }).send("POST", toPath("bootstrap"), { token, name });
  return (answer as { token: string }).token;
}
