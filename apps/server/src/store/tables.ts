/** Milliseconds, versions and counters are `bigint` columns, read as safe integers; lists and objects are JSON text; flags are 0 or 1. */
export interface Tables {
  projects: {
    id: string;
    name: string;
    kind: string;
    created_at_ms: number;
    root_point: string;
    recovery_point: string;
    key_list: string;
    key_list_version: number;
    key_list_by_recovery: number;
    manifest_epoch: number;
    manifest_version: number;
    settings: string;
  };
  project_seeds: { project: string; generation: number; seed: string; created_at_ms: number };
  service_seeds: { generation: number; seed: string; created_at_ms: number };
  signing_keys: {
    project: string;
    kid: string;
    key_use: string;
    api: string | null;
    point: string;
    private_key: string;
    created_at_ms: number;
    retired_at_ms: number | null;
  };
  token_keys: {
    project: string;
    kid: string;
    purpose: string;
    api: string | null;
    alg: string;
    public_jwk: string | null;
    material: string;
    created_at_ms: number;
    active_from_ms: number | null;
    retires_at_ms: number | null;
  };
  apps: {
    project: string;
    id: string;
    created_at_ms: number;
    ios: string | null;
    android: string | null;
    web: string | null;
    releases: string;
  };
  releases: {
    project: string;
    app: string;
    platform: string;
    version: string;
    status: string;
    expires_at_ms: number | null;
    created_at_ms: number;
  };
  protected_apis: {
    project: string;
    id: string;
    host: string;
    port: number;
    channel: string;
    pins: string;
    roots: string;
    token: string | null;
    token_seconds: number;
    when_unavailable: string;
    created_at_ms: number;
    decoy_answer: string | null;
    links: string | null;
  };
  secrets: {
    project: string;
    name: string;
    version: number;
    mode: string;
    sealed_value: string;
    places: string;
    apps: string | null;
    updated_at_ms: number;
    sealed_canary: string | null;
    terms: string | null;
    recipe: string | null;
  };
  vendor_credentials: { project: string; kind: string; sealed_value: string; updated_at_ms: number };
  instances: {
    project: string;
    instance: string;
    app: string;
    platform: string;
    attested_key: string;
    instance_key: string;
    subject: string;
    facts: string;
    facts_version: number;
    evidence_at_ms: number;
    serials: string;
    batch: string | null;
    counter: number;
    created_at_ms: number;
    last_seen_at_ms: number;
  };
  /** The serials of `instances.serials`, to be found by. */
  instance_serials: { project: string; instance: string; serial: string };
  app_attest_receipts: {
    project: string;
    instance: string;
    sealed_receipt: string;
    risk_metric: number | null;
    renew_after_ms: number | null;
    updated_at_ms: number;
  };
  bans: {
    project: string;
    sequence: number;
    kind: string;
    banned_by: string;
    target: string;
    reason: string;
    created_at_ms: number;
    until_ms: number | null;
    lifted_at_ms: number | null;
  };
  traces: {
    project: string;
    arc: string;
    at_ms: number;
    asked_for: string;
    verdict: string;
    reasons: string;
    checks: string;
    app: string;
    platform: string;
    instance: string;
    signals: string;
    decoy: number;
  };
  audit_records: {
    sequence: number;
    project: string | null;
    at_ms: number;
    actor: string;
    action: string;
    target: string;
    detail: string;
  };
  verdict_events: {
    project: string;
    at_ms: number;
    app: string;
    platform: string;
    verdict: string;
    reason: string | null;
    subject: string | null;
    asked_for: string;
    decoy: number;
  };
  verifiers: {
    project: string;
    name: string;
    api: string | null;
    token_hash: string;
    created_at_ms: number;
    injections: string | null;
  };
  brokers: {
    project: string;
    name: string;
    origin: string | null;
    in_use: number;
    kid: string;
    point: string;
    created_at_ms: number;
  };
  development_keys: {
    project: string;
    id: string;
    name: string;
    secret: string;
    quota: number;
    per_day: number;
    enrolled: number;
    created_at_ms: number;
    expires_at_ms: number;
    revoked_at_ms: number | null;
  };
  fleet_versions: {
    project: string;
    id: string;
    app: string;
    platform: string;
    version: string;
    build: string;
    sdk: string;
    identity: string | null;
    attested: string | null;
    detectors: string;
    first_seen_ms: number;
    last_seen_ms: number;
    sketch: string;
    instances: number;
    manifest_epoch: number;
    manifest_version: number;
    revision: number;
  };
  decoy_secrets: {
    project: string;
    name: string;
    note: string;
    digest: string;
    value_length: number;
    created_at_ms: number;
  };
  alarms: {
    project: string;
    id: string;
    kind: string;
    decoy: string | null;
    place: string;
    who: string;
    uses: number;
    first_at_ms: number;
    last_at_ms: number;
    acknowledged_at_ms: number | null;
    notice_tries: number;
    notice_due_at_ms: number | null;
  };
  alarm_targets: { project: string; sealed_target: string };
  alarm_hooks: { project: string; name: string; decoy: string | null; token_hash: string; created_at_ms: number };
  traffic_counts: { project: string; api: string; hour_ms: number; name: string; requests: number };
  api_chains: {
    project: string;
    api: string;
    due_at_ms: number;
    checked_at_ms: number | null;
    changed_at_ms: number | null;
    certificates: string | null;
    findings: string | null;
  };
  /** Reports that were counted. */
  traffic_reports: { project: string; verifier: string; nonce: string; at_ms: number };
  administrators: { id: string; name: string; token_hash: string; created_at_ms: number };
  bootstrap_token: {
    slot: number;
    token_hash: string;
    created_at_ms: number;
    expires_at_ms: number;
    used_at_ms: number | null;
  };
  sequences: { name: string; value: number };
  schema_versions: { version: number; name: string };
}
