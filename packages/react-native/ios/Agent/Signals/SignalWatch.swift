import Foundation

/// A signal as a statement carries it (protocol section 5).
public struct Signal {
  public let name: String
  public let count: Int
  public let ageSeconds: Int
  public let detail: String?
}

/// Every detector that ran, with its revision, and what was seen since the process began.
public struct Observation {
  public let detectors: [String: Int]
  public let seen: [Signal]
}

/// Asks the detectors and remembers what they saw for as long as the process lives.
public final class SignalWatch: @unchecked Sendable {
  private struct Seen {
    var count: Int
    var lastAtMs: Double
    var detail: String?
  }

  private let detectors: [Detector]
  private let nowMs: () -> Double
  private let listeners = SevereListeners()
  private let lock = NSRecursiveLock()
  private var order: [String] = []
  private var seen: [String: Seen] = [:]

  public init(_ detectors: [Detector], nowMs: @escaping () -> Double = continuousMs) {
    self.detectors = detectors
    self.nowMs = nowMs
  }

  /// Calls back at once, before anything else is told, when a severe signal is seen for the first time; where one was seen before, now.
  public func onSevere(_ call: @escaping () -> Void) {
    listeners.add(call)
  }

  public func observe() -> Observation {
    lock.lock()
    defer { lock.unlock() }
    var ran: [String: Int] = [:]
    for detector in detectors {
      // What is not named is found missing by the service: a detector that fails is never a clean one.
      do {
        let sighting = try detector.look()
        ran[detector.name] = detector.revision
        if let sighting = sighting { note(detector.name, sighting.detail) }
      } catch {
        continue
      }
    }
    let at = nowMs()
    let signals = order.compactMap { name in
      seen[name].map { Signal(name: name, count: $0.count, ageSeconds: Int((at - $0.lastAtMs) / 1000), detail: $0.detail) }
    }
    return Observation(detectors: ran, seen: signals)
  }

  /// Notes what another source saw, such as freeRASP's callbacks.
  public func note(_ name: String, _ detail: String?) {
    lock.lock()
    defer { lock.unlock() }
    let shown = detail.map { String($0.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }.prefix(64).map { Character($0) }) }
    if var known = seen[name] {
      known.count += 1
      known.lastAtMs = nowMs()
      known.detail = shown ?? known.detail
      seen[name] = known
    } else {
      order.append(name)
      seen[name] = Seen(count: 1, lastAtMs: nowMs(), detail: shown)
      // On these the agent wipes what it holds before it tells the service (protocol section 14).
      if ["debugger", "hook", "repackaged"].contains(name) { listeners.tell() }
    }
  }
}
