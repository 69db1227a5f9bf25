import Foundation

/// A build that is signed for development: iOS 16 and newer start such a build in Developer Mode alone.
///
/// Limit: iOS tells no app whether Developer Mode is on; a build from the store or TestFlight sees nothing of it.
public struct DeveloperModeDetector: Detector {
  public let name = "developer_mode"
  public let revision = 1

  public init() {}

  public func look() throws -> Sighting? {
    return try ProvisioningProfile.ofApp()?.isForDevelopment == true ? Sighting("development") : nil
  }
}
