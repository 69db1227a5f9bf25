import Foundation

/// What a provisioning profile says (embedded.mobileprovision: a property list within CMS). Its signature is not verified here: it is a claim of whoever signed the app,
/// whom iOS held to it at installation. Builds from the App Store and TestFlight carry none.
struct ProvisioningProfile: Equatable {
  /// `TeamIdentifier`.
  let teams: [String]
  /// `get-task-allow` of the entitlements: a debugger may attach, as in every build that is signed for development.
  let isForDevelopment: Bool

  init(teams: [String], isForDevelopment: Bool) {
    self.teams = teams
    self.isForDevelopment = isForDevelopment
  }

  /// Nil where the bytes hold no such property list, or are more than 1 MiB.
  init?(_ bytes: Data) {
    guard bytes.count <= 1 << 20 else { return nil }
    guard let start = bytes.range(of: Data("<?xml".utf8)), let end = bytes.range(of: Data("</plist>".utf8), in: start.upperBound..<bytes.endIndex) else { return nil }
    let list = try? PropertyListSerialization.propertyList(from: bytes.subdata(in: start.lowerBound..<end.upperBound), options: [], format: nil)
    guard let members = list as? [String: Any], let teams = members["TeamIdentifier"] as? [String] else { return nil }
    let entitlements = members["Entitlements"] as? [String: Any]
    self.init(teams: teams, isForDevelopment: entitlements?["get-task-allow"] as? Bool == true)
  }

  /// The app's own: nil where it has none. Throws where there is one that cannot be read.
  static func ofApp() throws -> ProvisioningProfile? {
    guard let file = Bundle.main.url(forResource: "embedded", withExtension: "mobileprovision") else { return nil }
    guard let profile = ProvisioningProfile(try Data(contentsOf: file)) else { throw NotSeen() }
    return profile
  }
}
