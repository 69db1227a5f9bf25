import UIKit

/// The screen is recorded, mirrored or shared.
///
/// Limit: a screenshot is not seen, nor a camera before the screen. `UIScreen` belongs to the main thread: look from there.
public struct ScreenCaptureDetector: Detector {
  public let name = "screen_capture"
  public let revision = 1

  public init() {}

  public func look() throws -> Sighting? {
    return UIScreen.main.isCaptured ? Sighting("captured") : nil
  }
}
