import Foundation

/// The simulator, and an iPhone app on a Mac.
///
/// Limit: what runs on the simulator was built for it, so that a release build from the store never does.
public struct EmulatorDetector: Detector {
  public let name = "emulator"
  public let revision = 1

  public init() {}

  public func look() throws -> Sighting? {
    #if targetEnvironment(simulator)
      return Sighting("simulator")
    #else
      if ProcessInfo.processInfo.environment["SIMULATOR_UDID"] != nil { return Sighting("simulator") }
      return ProcessInfo.processInfo.isiOSAppOnMac ? Sighting("mac") : nil
    #endif
  }
}
