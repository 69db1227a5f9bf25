import Foundation

/// What a detector saw: a short word on it, at most 128 characters, without anything that tells one user from another.
public struct Sighting {
  public let detail: String?

  public init(_ detail: String? = nil) {
    self.detail = detail
  }
}

/// One thing that the agent looks for. Each is weaker than evidence: whoever owns the kernel can hide from all of them, and each says what else hides from it.
public protocol Detector {
  /// Of detector and signal alike: `[a-z0-9_.-]{1,48}`.
  var name: String { get }
  /// Grows with what it looks for.
  var revision: Int { get }
  /// Nil where nothing was seen. What it throws makes it a detector that did not run.
  func look() throws -> Sighting?
}
