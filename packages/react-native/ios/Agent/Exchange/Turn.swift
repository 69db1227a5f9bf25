import Foundation

/// What one caller does at a time: a second is refused while the first is at it.
final class Turn: @unchecked Sendable {
  private let lock = NSLock()
  private var isTaken = false

  func taken<T>(_ step: () async throws -> T) async throws -> T {
    guard enter() else { throw KeyFault.unsupported("one call waits already") }
    defer { leave() }
    return try await step()
  }

  private func enter() -> Bool {
    lock.lock()
    defer { lock.unlock() }
    if isTaken { return false }
    isTaken = true
    return true
  }

  private func leave() {
    lock.lock()
    isTaken = false
    lock.unlock()
  }
}
