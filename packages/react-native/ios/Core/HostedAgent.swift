import Foundation

/// The agent in its engine: asks go in, and each is answered once. Everything of the engine happens on one queue.
final class HostedAgent: ScriptHost, @unchecked Sendable {
  private let queue = DispatchQueue(label: "dev.countersign.core")
  private let native: NativeHalf
  private var engine: ScriptEngine?
  private var waiting: [Int: CheckedContinuation<Any, Error>] = [:]
  /// Asks whose task was cancelled, maybe before they came to the engine.
  private var givenUp: Set<Int> = []
  private var asks = 0

  /// Throws `BrokenScript`.
  init(script: String, native: NativeHalf) throws {
    self.native = native
    engine = try queue.sync { try ScriptEngine(script: script, host: self) }
  }

  /// What the agent answers, as JSON has it. `of` is an object of plain JSON. Throws `CountersignError`; a task that is cancelled gives its request up.
  func ask(_ name: String, _ of: [String: Any] = [:]) async throws -> Any {
    return try await ask(name, try jsonText(of))
  }

  /// The same with the object's text.
  func ask(_ name: String, _ text: String) async throws -> Any {
    let id = queue.sync { () -> Int in
      asks += 1
      return asks
    }
    defer { queue.async { self.givenUp.remove(id) } }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        queue.async {
          self.waiting[id] = continuation
          self.engine?.ask(id, name, text)
          if self.givenUp.contains(id) { self.abandon(id) }
        }
      }
    } onCancel: {
      queue.async {
        self.givenUp.insert(id)
        if self.waiting[id] != nil { self.abandon(id) }
      }
    }
  }

  private func abandon(_ id: Int) {
    engine?.ask(0, "abandon", "{\"ask\":\(id)}")
  }

  // Of ScriptHost, on the queue.

  func call(_ id: Int, _ name: String, _ of: String) {
    native.callText(name, of) { answer in
      self.queue.async { self.engine?.answered(id, answer) }
    }
  }

  func after(_ id: Int, _ delayMs: Double) {
    let delay = DispatchTimeInterval.milliseconds(Int(min(max(0, delayMs.rounded(.up)), 86_400_000)))
    queue.asyncAfter(deadline: .now() + delay) { [weak self] in self?.engine?.passed(id) }
  }

  func answer(_ id: Int, _ text: String) {
    guard let continuation = waiting.removeValue(forKey: id) else { return }
    let given = (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any]
    if let value = given?["value"] {
      continuation.resume(returning: value)
    } else {
      continuation.resume(throwing: CountersignError(given?["fault"] as? [String: Any] ?? [:]))
    }
  }

  func randomBytes(_ length: Int) -> String {
    return native.randomBytes(length)
  }

  func continuousMs() -> Double {
    return native.continuousMs()
  }
}

/// An object of plain JSON as text.
func jsonText(_ object: [String: Any]) throws -> String {
  return String(decoding: try JSONSerialization.data(withJSONObject: object), as: UTF8.self)
}
