import Foundation

/// The one watch of this process. In a React Native app its first look begins before `main` (CountersignLoad.m); a native app calls `ProcessWatch.shared.observe()` first in
/// its delegate.
public enum ProcessWatch {
  private static let listeners = SevereListeners()

  public static let shared = SignalWatch(
    chosenDetectors(Bundle.main.object(forInfoDictionaryKey: "CountersignDetectors") as? String), onSevere: { listeners.tell() }
  )

  /// Calls back, on whatever thread looks, when a severe signal is seen for the first time: wipe what is held first.
  public static func onSevere(_ call: @escaping () -> Void) {
    listeners.add(call)
  }
}

private final class SevereListeners: @unchecked Sendable {
  private let lock = NSLock()
  private var calls: [() -> Void] = []

  func add(_ call: @escaping () -> Void) {
    lock.lock()
    defer { lock.unlock() }
    calls.append(call)
  }

  func tell() {
    lock.lock()
    let now = calls
    lock.unlock()
    for call in now { call() }
  }
}
