/** The path under the service's origin that names a project as issuer. */
export function issuerPath(project: string, kind: "production" | "development"): string {
  return kind === "development" ? `/p/${project}/development` : `/p/${project}`;
}

/** `iss` of a project's tokens: the service's public origin, the project and, for development, `/development`. */
export function issuerOf(publicOrigin: string, project: string, kind: "production" | "development"): string {
  return `${publicOrigin}${issuerPath(project, kind)}`;
}

/** The path of the issuer of client attestations; its key set holds attester keys alone. */
export function attesterPath(project: string, kind: "production" | "development"): string {
  return `${issuerPath(project, kind)}/attester`;
}
