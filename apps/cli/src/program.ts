import { Command } from "commander";
import type { CliContext } from "./cli-context.ts";
import type { ExitCode } from "./cli-failure.ts";
import { activityCommand } from "./commands/activity.ts";
import { adminCommand } from "./commands/admin.ts";
import { alarmCommand } from "./commands/alarm.ts";
import { alarmHookCommand } from "./commands/alarm-hook.ts";
import { alarmNotifyCommand } from "./commands/alarm-notify.ts";
import { anchorsCommand } from "./commands/anchors.ts";
import { apiCommand } from "./commands/api.ts";
import { appCommand } from "./commands/app.ts";
import { arcCommand, readTrace } from "./commands/arc.ts";
import { auditCommand } from "./commands/audit.ts";
import { brokerCommand } from "./commands/broker.ts";
import { decoyCommand } from "./commands/decoy.ts";
import { devkeyCommand } from "./commands/devkey.ts";
import { evidenceCommand } from "./commands/evidence-explain.ts";
import { instanceCommand } from "./commands/instance.ts";
import { keyCommand } from "./commands/key.ts";
import { keysCommand } from "./commands/keys.ts";
import { loginCommand, logoutCommand } from "./commands/login.ts";
import { oauthClientCommand } from "./commands/oauth-client.ts";
import { projectCommand } from "./commands/project.ts";
import { releaseCommand } from "./commands/release.ts";
import { rootCommand } from "./commands/root.ts";
import { scanCommand } from "./commands/scan.ts";
import { secretCommand } from "./commands/secret.ts";
import { serveCommand } from "./commands/serve.ts";
import { simulateCommand } from "./commands/simulate.ts";
import { statusCommand } from "./commands/status.ts";
import { tokenCommand } from "./commands/token.ts";
import { vendorCommand } from "./commands/vendor.ts";
import { verifierCommand } from "./commands/verifier.ts";
import { cliVersion } from "./version.ts";

/** The whole program. `exit` is told the exit code of commands that end with one of their own. */
export function createProgram(context: CliContext, exit: (code: ExitCode) => void): Command {
  const program = new Command("countersign")
    .description("Mobile app attestation, runtime secrets and a guarded channel.")
    .version(cliVersion, "--version", "print the version");
  const commands = [
    serveCommand(context),
    adminCommand(context),
    loginCommand(context),
    logoutCommand(context),
    statusCommand(context),
    projectCommand(context),
    anchorsCommand(context),
    appCommand(context, exit),
    releaseCommand(context, exit),
    apiCommand(context, exit),
    simulateCommand(context, exit),
    secretCommand(context, exit),
    vendorCommand(context),
    verifierCommand(context),
    brokerCommand(context),
    decoyCommand(context),
    alarmCommand(context),
    alarmHookCommand(context),
    alarmNotifyCommand(context, exit),
    devkeyCommand(context),
    tokenCommand(context, exit),
    oauthClientCommand(context),
    arcCommand(context),
    instanceCommand(context),
    auditCommand(context),
    activityCommand(context),
    keyCommand(context),
    keysCommand(context),
    rootCommand(context),
    scanCommand(context, exit),
    evidenceCommand({
      stdin: context.io.stdin,
      stdout: context.io.stdout,
      stderr: context.io.stderr,
      exit,
      nowMs: () => Date.now(),
      readTrace: (arc, project) => readTrace(context, arc, project),
    }),
  ];
  for (const command of commands) program.addCommand(command);
  return settle(program, context);
}

/** Every command of the tree throws instead of ending the process, and is silent where `runCli` says the one line. */
function settle(command: Command, context: CliContext): Command {
  command
    .exitOverride()
    .helpCommand(false)
    .configureOutput({ writeOut: context.io.stdout, writeErr: () => undefined, outputError: () => undefined });
  for (const child of command.commands) settle(child, context);
  return command;
}
