import Foundation

/// An app that runs within another one, which loads it as a library and gives it a folder of its own container (LiveContainer and its kin).
///
/// Limit: a host that changes what the app is told of its home is not seen. A copy under another bundle identifier is an app of its own to iOS: that one is `repackaged`.
/// In the simulator and on a Mac homes lie elsewhere, and it does not run.
public struct ClonerDetector: Detector {
  public let name = "cloner"
  public let revision = 1

  public init() {}

  public func look() throws -> Sighting? {
    #if targetEnvironment(simulator)
      throw NotSeen()
    #else
      guard !ProcessInfo.processInfo.isiOSAppOnMac else { throw NotSeen() }
      return isForeignHome(NSHomeDirectory()) ? Sighting("home") : nil
    #endif
  }
}

private let homes = ["/var/mobile/Containers/Data/Application/", "/var/mobile/Containers/Data/PluginKitPlugin/"]

/// True for a home that is not one that iOS gives an app or its extension: a UUID directly below the folder of containers.
func isForeignHome(_ home: String) -> Bool {
  let path = home.hasPrefix("/private/") ? String(home.dropFirst("/private".count)) : home
  return !homes.contains { path.hasPrefix($0) && UUID(uuidString: String(path.dropFirst($0.count))) != nil }
}
