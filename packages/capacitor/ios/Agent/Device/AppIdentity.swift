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

/// b64u SHA-256 of the JavaScript that the app was built with; nil where it has none, as with a development server. What an over-the-air update loads instead is
/// another file, which this does not measure.
public func bundleHash() -> String? {
  guard let file = Bundle.main.url(forResource: "main", withExtension: "jsbundle") else { return nil }
  return (try? Data(contentsOf: file, options: .mappedIfSafe)).map { encodeBase64Url(sha256($0)) }
}
