import type { LinkedPath, LinkTerms } from "@countersign/broker";
import type { ProtectedApi } from "../ports/index.ts";
import type { Actor, AdminContext } from "./admin-context.ts";
import { audited, projectOf } from "./admin-context.ts";
import { AdminError, invalidInput } from "./admin-error.ts";
import { type ApiView, showApi } from "./protected-apis.ts";
import { isPlainPath } from "./rules/place.ts";

/** Which links in an API's answers are to be led through the broker, as it is given. */
export interface LinksInput {
  /** None: no link is. `path` is `/` unless it is given. */
  readonly to: readonly { readonly api: string; readonly path?: string | undefined }[];
  /** Default 900. */
  readonly seconds?: number | undefined;
}

const mostPaths = 16;
const defaultSeconds = 900;
const [fewestSeconds, mostSeconds] = [60, 3600] as const;

/** Says to which paths of which APIs the links in an API's answers are led through the broker, and for how long each is good. */
export async function setApiLinks(
  context: AdminContext,
  actor: Actor,
  projectId: string,
  id: string,
  input: LinksInput,
): Promise<ApiView> {
  const project = await projectOf(context, projectId);
  const apis = await context.store.protectedApis.list(project.id);
  const api = apis.find((one) => one.id === id);
  if (api === undefined) {
    throw new AdminError(
      "not_found",
      "There is no such API in this project. `countersign api list` shows those there are.",
    );
  }
  const links = toLinkTerms(input, apis);
  await context.store.protectedApis.put({ ...api, links });
  await context.operations.republish(project.id);
  await audited(context, actor, project.id, "api.links", id, {
    to: links === null ? "none" : links.to.map(({ api: to, path }) => `${to}:${path}`).join(","),
    ...(links === null ? {} : { seconds: links.seconds }),
  });
  return await showApi(context, projectId, id);
}

function toLinkTerms({ to, seconds = defaultSeconds }: LinksInput, apis: readonly ProtectedApi[]): LinkTerms | null {
  if (to.length > mostPaths) throw invalidInput("/to", `Links lead to at most ${mostPaths} paths.`);
  if (!Number.isInteger(seconds) || seconds < fewestSeconds || seconds > mostSeconds) {
    throw invalidInput("/seconds", `A link is good for ${fewestSeconds} to ${mostSeconds} seconds.`);
  }
  const paths = to.map(({ api, path = "/" }, index): LinkedPath => {
    if (!apis.some((one) => one.id === api)) {
      throw invalidInput(
        `/to/${index}/api`,
        "There is no such API in this project. Add its host first with `countersign api add`.",
      );
    }
    if (!isPlainPath(path)) {
      throw invalidInput(`/to/${index}/path`, "`path` begins with `/` and has no query, fragment, `%` or dot segment.");
    }
    return { api, path };
  });
  return paths.length === 0 ? null : { to: paths, seconds };
}
