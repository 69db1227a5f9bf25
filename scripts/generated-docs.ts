import { type AgentErrorCode, agentErrors } from "@countersign/client";
import { maswe, problems, reasonMappings, reasons, verifyReasons } from "@countersign/protocol";
import { attacks } from "@countersign/virtual-device";
import { demoAttacks } from "../examples/astropiks/src/attacks/index.ts";
import { agentErrorMeanings } from "../packages/client/src/error-meanings.ts";

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows]
    .map((row) => `| ${row.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`)
    .join("\n");

const anchor = (code: string): string => `<a id="${code}"></a>\`${code}\``;

const none = "none";

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
[policy.md](../policy.md) what follows from each, [mappings](mappings.md) what each is called by OWASP and the IETF.

${table(["reason", "title", "what it means", "what to do"], rows)}
`;
}

function mappingsPage(): string {
  const rows = Object.entries(reasonMappings).map(([reason, mapping]) => [
    `[\`${reason}\`](reasons.md#${reason})`,
    mapping.rats ?? none,
    mapping.masvs === null ? none : `[${mapping.masvs}](https://mas.owasp.org/MASVS/controls/${mapping.masvs}/)`,
    mapping.maswe ?? none,
    mapping.ear === null ? none : `${mapping.ear.claim} ${mapping.ear.value}`,
  ]);
  return `${note}# Mappings

What each [reason](reasons.md) is in the vocabularies of others. One mapping for all platforms, total over the closed list; "${none}" says that nothing of
theirs fits.

- **RFC 9334**: the concept that the reason is about: evidence (§8.1), endorsement (§8.2), reference-value (§8.3), appraisal-policy (§8.5), freshness (§10).
- **MASVS**: the control of [OWASP MASVS 2](https://mas.owasp.org/MASVS/) that the check serves.
- **MASWE**: the [weakness](https://mas.owasp.org/MASWE/) that an app would have without the check, by the numbers of MASWE 1.0. Its beta numbered them
  otherwise: device attestation was MASWE-0100 and is MASWE-0054.
- **EAR**: the trustworthiness claim of [draft-ietf-rats-ar4si](https://datatracker.ietf.org/doc/draft-ietf-rats-ar4si/), as an EAR carries it, with its value:
  -1 the verifier failed, 0 no conclusion, 1 unexpected evidence, 32 to 95 a warning, 96 to 127 contraindicated, of which 99 is failed cryptography. That an
  instance is trusted maps to no reason. \`countersign arc ear\` renders one.

${table(["reason", "RFC 9334", "MASVS", "MASWE", "EAR"], rows)}

## Weaknesses

${table(["MASWE", "title"], Object.entries(maswe))}
`;
}

function agentPage(): string {
  const rows = Object.entries(agentErrors).map(([code, { message, retry }]) => [
    anchor(code),
    message,
    retry,
    agentErrorMeanings[code as AgentErrorCode],
  ]);
  return `${note}# Agent errors

What a call of the agent can fail with: \`AgentError\` with a \`code\`, and the ARC where a signed answer is behind it. The message is safe to show
to a user.

${table(["code", "message", "try again", "what it means"], rows)}
`;
}

function verifyPage(): string {
  const rows = Object.entries(verifyReasons).map(([code, text]) => [
    anchor(code),
    text.title,
    text.bucket.replace("_", " "),
    text.mend,
  ]);
  return `${note}# Token refusals

Why a token, its binding or its proof of possession was refused, by \`@countersign/verify\` in a backend or by the service where it consumes and inspects
tokens. A closed list. The caller is not told: a backend's answer is \`token_refused\` and no more, unless it is set to tell. How each counts in an
API's traffic is in the third column. [verify.md](../verify.md) has the order of the checks.

${table(["reason", "title", "counts as", "what to do"], rows)}
`;
}

const index = `${note}# Errors

Every no has a code from a closed table, and every table a page.

| page | who sees it |
| --- | --- |
| [problems](problems.md) | whoever calls the service: agents, the CLI, backends |
| [reasons](reasons.md) | operators, in the trace behind an ARC and from the doctor |
| [mappings](mappings.md) | whoever reports in the terms of OWASP MASVS and MASWE, RFC 9334 or EAR |
| [agent errors](agent.md) | the app's code, and its users through the message and the ARC |
| [token refusals](verify.md) | backends that check tokens, and operators in an API's traffic |
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
    ["docs/errors/mappings.md", mappingsPage()],
    ["docs/errors/agent.md", agentPage()],
    ["docs/errors/verify.md", verifyPage()],
  ]);
}
