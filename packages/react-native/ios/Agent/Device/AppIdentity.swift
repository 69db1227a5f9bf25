import Foundation

/// What the installed app says of itself; claims, never facts.
public struct AppIdentity {
  public let version: String
  public let build: String

  public init() {
    version = Bundle.main.object(forInfoDictionaryKey: "CFBundleShortVersionString") as? String ?? "0"
    build = Bundle.main.object(forInfoDictionaryKey: "CFBundleVersion") as? String ?? "0"
  }
}

/// b64u SHA-256 of the JavaScript at that place, or of what the app was built with; a claim as all of this: it is measured after it was loaded, and by its place. Nil where there is
/// none, as with a development server.
public func bundleHash(_ script: URL? = nil) -> String? {
  guard let file = script ?? Bundle.main.url(forResource: "main", withExtension: "jsbundle"), file.isFileURL else { return nil }
  return (try? Data(contentsOf: file, options: .mappedIfSafe)).map { encodeBase64Url(sha256($0)) }
}
