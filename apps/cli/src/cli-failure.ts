/** 0 done; 1 refused, or a check failed; 2 the caller must change input, environment or credentials. */
export type ExitCode = 0 | 1 | 2;

/** Ends the program with one line on standard error. `message` is that line: never a secret, never a stack. */
export class CliFailure extends Error {
  readonly code: string;
  readonly exit: ExitCode;

  constructor(code: string, message: string, exit: ExitCode = 2) {
    super(message);
    this.name = "CliFailure";
    this.code = code;
    this.exit = exit;
  }
}
