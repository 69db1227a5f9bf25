import Foundation

/// What the native part needs of the configuration string (protocol section 2); public, compiled into the app.
public struct Configuration {
  public let isDevelopment: Bool
  public let host: String
  let project: Data

  /// b64u
  public var projectId: String {
    return encodeBase64Url(project)
  }

  /// Nil for what is no configuration string of version 1.
  public init?(_ text: String) {
    let parts = text.split(separator: "~", omittingEmptySubsequences: false).map { String($0) }
    guard parts.count == 5, parts[0] == "cs1" || parts[0] == "csd1", !parts[1].isEmpty, parts[3] != parts[4] else { return nil }
    guard let project = decodeBase64Url(parts[2]), project.count == 16 else { return nil }
    guard decodeBase64Url(parts[3])?.count == 32, decodeBase64Url(parts[4])?.count == 32 else { return nil }
    self.isDevelopment = parts[0] == "csd1"
    self.host = parts[1]
    self.project = project
  }
}
