import type { ClientCredentialsRecipe } from "../ports/index.ts";
import type { RecipeKind } from "./minting.ts";
import { readTokenAnswer } from "./token-answer.ts";

const formEncode = (text: string): string => new URLSearchParams([["", text]]).toString().slice(1);

/** The client credentials grant (RFC 6749 §4.4). */
export const clientCredentials: RecipeKind<ClientCredentialsRecipe> = {
  ask({ tokenUrl, clientId, auth, scope, audience, resource }, { root }) {
    const form = new URLSearchParams({ grant_type: "client_credentials" });
    for (const [name, value] of Object.entries({ scope, audience, resource }))
      if (value !== null) form.set(name, value);
    const headers: [string, string][] = [
      ["accept", "application/json"],
      ["content-type", "application/x-www-form-urlencoded"],
    ];
    if (auth === "client_secret_post") {
      form.set("client_id", clientId);
      form.set("client_secret", root);
    } else {
      // RFC 6749 §2.3.1: both halves are form-encoded first.
      const pair = `${formEncode(clientId)}:${formEncode(root)}`;
      headers.push(["authorization", `Basic ${Buffer.from(pair).toString("base64")}`]);
    }
    return { method: "POST", url: tokenUrl, headers, body: form.toString() };
  },
  read: (_recipe, answer) => readTokenAnswer(answer),
};
