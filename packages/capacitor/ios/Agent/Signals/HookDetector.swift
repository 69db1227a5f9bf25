import Foundation

/// Names by which instrumentation gives itself away.
private let images = [
  ("frida", "frida"), ("gum-js", "frida"), ("cynject", "cycript"), ("libcycript", "cycript"), ("mobilesubstrate", "substrate"), ("substrateinserter", "substrate"),
  ("substrateloader", "substrate"), ("libhooker", "libhooker"), ("ellekit", "ellekit"), ("sslkillswitch", "sslkillswitch"), ("flexdylib", "flex"), ("revealserver", "reveal"),
]

/// What the paths of loaded images show; nil where nothing.
func hookInImages(_ paths: [String]) -> String? {
  for path in paths {
    let file = path.split(separator: "/").last.map { $0.lowercased() } ?? ""
    if let found = images.first(where: { file.contains($0.0) }) { return found.1 }
  }
  return nil
}

/// Frida, Substrate, ElleKit and their kin in this process, by the images that dyld loaded.
///
/// Limit: knows tools by their names. A gadget under another name, and code that was mapped without dyld, is not seen.
public struct HookDetector: Detector {
  public let name = "hook"
  public let revision = 1

  public init() {}

  public func look() throws -> Sighting? {
    let paths = loadedImages()
    guard !paths.isEmpty else { throw NotSeen() }
    return hookInImages(paths).map { Sighting($0) }
  }
}
