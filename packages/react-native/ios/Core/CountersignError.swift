/// Why the agent did not do what was asked. It holds no value of a secret.
public struct CountersignError: Error, Equatable {
  /// A code of docs/agent.md; `misuse` where the call was wrong, `internal` where the agent failed.
  public let code: String
  /// For developers.
  public let message: String
  /// The code that a user tells support; nil where no signed answer is behind the error.
  public let arc: String?
  /// `update`, where the user should update the app.
  public let action: String?
  /// Nothing is sent before.
  public let retryAfterSeconds: Double?

  init(_ fault: [String: Any]) {
    code = fault["code"] as? String ?? "internal"
    message = fault["message"] as? String ?? "The agent failed."
    arc = fault["arc"] as? String
    action = fault["action"] as? String
    retryAfterSeconds = fault["retryAfterSeconds"] as? Double
  }

  init(code: String, message: String) {
    self.init(["code": code, "message": message])
  }
}
