import Foundation
import UIKit

/// The screen is recorded, mirrored or shared; also where that began and ended between two looks.
///
/// Limit: a screenshot is not seen, nor a camera before the screen. `UIScreen` belongs to the main thread: before that one has told for the first time, it does not run.
public final class ScreenCaptureDetector: Detector, @unchecked Sendable {
  public let name = "screen_capture"
  public let revision = 1

  private let lock = NSLock()
  private var memory = CaptureMemory()

  public init() {
    DispatchQueue.main.async { [weak self] in self?.begin() }
  }

  public func look() throws -> Sighting? {
    lock.lock()
    defer { lock.unlock() }
    guard let isSeen = memory.look() else { throw NotSeen() }
    return isSeen ? Sighting("captured") : nil
  }

  @MainActor
  private func begin() {
    tell(UIScreen.main.isCaptured)
    // For as long as the process lives, as the watch that this is a part of.
    _ = NotificationCenter.default.addObserver(forName: UIScreen.capturedDidChangeNotification, object: nil, queue: .main) { [weak self] _ in
      MainActor.assumeIsolated { self?.tell(UIScreen.main.isCaptured) }
    }
  }

  private func tell(_ isCaptured: Bool) {
    lock.lock()
    defer { lock.unlock() }
    memory.tell(isCaptured)
  }
}

/// What was told since the last look.
struct CaptureMemory {
  private var isNow: Bool?
  private var wasSince = false

  mutating func tell(_ isCaptured: Bool) {
    isNow = isCaptured
    wasSince = wasSince || isCaptured
  }

  /// Nil where nothing was told yet.
  mutating func look() -> Bool? {
    guard let isNow = isNow else { return nil }
    defer { wasSince = isNow }
    return wasSince
  }
}
