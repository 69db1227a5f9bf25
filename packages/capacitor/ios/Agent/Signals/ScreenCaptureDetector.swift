import Foundation
import UIKit

/// The screen is recorded, mirrored or shared.
///
/// Limit: a screenshot is not seen, nor a camera before the screen. `UIScreen` belongs to the main thread:
/// on another it does not run.
public struct ScreenCaptureDetector: Detector {
  public let name = "screen_capture"
  public let revision = 1

  public init() {}

  public func look() throws -> Sighting? {
    guard Thread.isMainThread else { throw NotSeen() }
    return MainActor.assumeIsolated { UIScreen.main.isCaptured } ? Sighting("captured") : nil
  }
}
