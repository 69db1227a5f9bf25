import { agentErrors } from "@countersign/client";
import { problems, reasons } from "@countersign/protocol";
import { attacks } from "@countersign/virtual-device";
import { demoAttacks } from "../examples/astropiks/src/attacks/index.ts";

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows]
    .map((row) => `| ${row.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`)
    .join("\n");

const anchor = (code: string): string => `<a id="${code}"></a>\`${code}\``;

const note = "<!-- Written by `npm run docs` from the tables in the code; a test holds them equal. -->\n\n";

function problemsPage(): string {
  const rows = Object.entries(problems).map(([code, text]) => [
    anchor(code),
    String(text.status),
    text.title,
    text.agent,
  ]);
  return `${note}# Problems

RFC 9457 bodies, \`application/problem+json\`. They are unsigned, so an agent never believes one for more than a bounded retry, and they speak
of the protocol only: every app and device gets the same. \`type\` is \`/errors/<code>\`, a page that the service itself serves.

${table(["code", "status", "title", "what an agent does"], rows)}
`;
}

function reasonsPage(): string {
  const rows = Object.entries(reasons).map(([code, text]) => [anchor(code), text.title, text.meaning, text.action]);
  return `${note}# Reasons

Why an instance was refused or restricted, or evidence did not pass. A closed list. Operators see reasons in the trace behind an ARC and in the
doctor's output; the app sees them only if the project has \`reasons\` on. [evidence.md](../evidence.md) has the order in which evidence is judged,
[policy.md](../policy.md) what follows from each.

${table(["reason", "title", "what it means", "what to do"], rows)}
`;
}

function agentPage(): string {
  const rows = Object.entries(agentErrors).map(([code, text]) => [
    anchor(code),
    text.message,
    text.retry,
    text.meaning,
  ]);
  return `${note}# Agent errors

What a call of the agent can fail with: \`AgentError\` with a \`code\`, and the ARC where a signed answer is behind it. The message is safe to show
to a user.

${table(["code", "message", "try again", "what it means"], rows)}
`;
}

const index = `${note}# Errors

Every no has a code from a closed table, and every table a page.

| page | who sees it |
| --- | --- |
| [problems](problems.md) | whoever calls the service: agents, the CLI, backends |
| [reasons](reasons.md) | operators, in the trace behind an ARC and from the doctor |
| [agent errors](agent.md) | the app's code, and its users through the message and the ARC |
`;

const kinds: Readonly<Record<string, string>> = {
  problem: "problem",
  refused: "refused, with an ARC",
  agent_error: "agent error",
  session: "session, without the key in sight",
};

function attacksPage(): string {
  const rows = [...attacks, ...demoAttacks].map(({ name, platform, attack, expected }) => [
    `\`${name}\``,
    platform,
    attack,
    kinds[expected.kind] ?? expected.kind,
    `\`${expected.code}\``,
  ]);
  return `${note}# Attacks

Each of these runs against the real service and the real agent in every test run (\`e2e/attacks.test.ts\`) and in \`npm run demo\`. Each must end in
exactly the code this page promises, and no byte the attacker can see may hold the key: the search knows raw, base64, base64url, hex, percent and UTF-16
forms, and is first shown to find a planted leak on the same path.

A *problem* speaks of the protocol and is equal for every app and device. *Refused* shows the attacker an ARC and nothing else; the code is what an
operator finds behind it. What the attacks rely on being impossible is in the [threat model](threat-model.md).

${table(["attack", "on", "what is tried", "the answer", "code"], rows)}
`;
}

/** Every generated page, by its path from the repository's root. */
export function generatedDocs(): ReadonlyMap<string, string> {
  return new Map([
    ["docs/attacks.md", attacksPage()],
    ["docs/errors/README.md", index],
    ["docs/errors/problems.md", problemsPage()],
    ["docs/errors/reasons.md", reasonsPage()],
    ["docs/errors/agent.md", agentPage()],
  ]);
}
