import Foundation

/// Something that is settled once, and may be waited for before and after. What settles it later is ignored.
final class Outcome<Value: Sendable>: @unchecked Sendable {
  private let lock = NSLock()
  private var result: Result<Value, Error>?
  private var waiting: [CheckedContinuation<Value, Error>] = []

  func settle(_ result: Result<Value, Error>) {
    for each in firstSettled(result) { each.resume(with: result) }
  }

  /// Whether it came out well, by now.
  var hasSucceeded: Bool {
    lock.lock()
    defer { lock.unlock() }
    if case .success? = result { return true }
    return false
  }

  /// Whether nothing came out yet.
  var isOpen: Bool {
    lock.lock()
    defer { lock.unlock() }
    return result == nil
  }

  func value() async throws -> Value {
    return try await withCheckedThrowingContinuation { continuation in
      if let result = waits(continuation) { continuation.resume(with: result) }
    }
  }

  private func firstSettled(_ result: Result<Value, Error>) -> [CheckedContinuation<Value, Error>] {
    lock.lock()
    defer { lock.unlock() }
    guard self.result == nil else { return [] }
    self.result = result
    defer { waiting = [] }
    return waiting
  }

  /// What is settled already; nil where the continuation is kept until then.
  private func waits(_ continuation: CheckedContinuation<Value, Error>) -> Result<Value, Error>? {
    lock.lock()
    defer { lock.unlock() }
    if result == nil { waiting.append(continuation) }
    return result
  }
}
