import Foundation

/// The one watch of this process. In a React Native app its first look begins before `main` (CountersignLoad.m); a native app calls `ProcessWatch.shared.observe()` first in
/// its delegate.
public enum ProcessWatch {
  public static let shared = SignalWatch(chosenDetectors(Bundle.main.object(forInfoDictionaryKey: "CountersignDetectors") as? String))

  /// Calls back when a severe signal is seen for the first time, on whatever thread looks, or at once where one was seen before: wipe what is held first.
  public static func onSevere(_ call: @escaping () -> Void) {
    shared.onSevere(call)
  }
}

/// Who is to hear of severe signals. The first look may be over before anybody could ask to hear of it.
final class SevereListeners: @unchecked Sendable {
  private let lock = NSLock()
  private var calls: [() -> Void] = []
  private var wasTold = false

  func add(_ call: @escaping () -> Void) {
    lock.lock()
    calls.append(call)
    let isLate = wasTold
    lock.unlock()
    if isLate { call() }
  }

  func tell() {
    lock.lock()
    wasTold = true
    let now = calls
    lock.unlock()
    for call in now { call() }
  }
}
