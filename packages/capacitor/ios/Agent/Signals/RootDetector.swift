import Foundation

/// A jailbroken system: files of package managers and loaders of tweaks, and whether this process may write outside of its sandbox.
///
/// Limit: a jailbreak that hides, by hooks or by another root of the file system, keeps all of this from the process. App Attest says nothing of it either.
public struct RootDetector: Detector {
  public let name = "root"
  public let revision = 1

  private let paths = [
    "/Applications/Cydia.app", "/Applications/Sileo.app", "/Applications/Zebra.app", "/Library/MobileSubstrate/MobileSubstrate.dylib", "/usr/sbin/sshd", "/bin/bash",
    "/etc/apt", "/private/var/lib/apt", "/var/jb", "/var/jb/usr/bin/su", "/usr/lib/TweakInject", "/.installed_unc0ver", "/.bootstrapped_electra", "/cores/binpack",
  ]

  public init() {}

  public func look() throws -> Sighting? {
    let files = FileManager.default
    if let path = paths.first(where: { files.fileExists(atPath: $0) }) {
      return Sighting(path.split(separator: "/").last.map { String($0) })
    }
    let outside = "/private/countersign-\(UUID().uuidString)"
    guard files.createFile(atPath: outside, contents: nil) else { return nil }
    try? files.removeItem(atPath: outside)
    return Sighting("sandbox")
  }
}
