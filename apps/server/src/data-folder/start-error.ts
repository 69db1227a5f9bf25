/** Why the service cannot start, or a backup cannot be made or read. */
export type StartErrorCode =
  | "data_folder_locked"
  | "data_folder_unreadable"
  | "data_folder_shared"
  | "data_folder_not_empty"
  | "key_file_missing"
  | "key_file_exposed"
  | "key_file_malformed"
  | "key_file_foreign"
  | "database_unreachable"
  | "database_too_old"
  | "database_too_new"
  | "database_unusable"
  | "database_locked"
  | "backup_unreadable"
  | "backup_exists"
  | "passphrase_too_short"
  | "passphrase_wrong"
  | "port_taken"
  | "address_unavailable"
  | "revocation_list_unreadable"
  | "upstream_ca_unreadable"
  | "tls_unreadable"
  | "option_invalid";

/** One line for the operator: what is wrong (`message`) and what to do (`action`). The process ends with exit code 2. */
export class StartError extends Error {
  readonly code: StartErrorCode;
  readonly action: string;

  constructor(code: StartErrorCode, message: string, action: string) {
    super(message);
    this.name = "StartError";
    this.code = code;
    this.action = action;
  }
}
