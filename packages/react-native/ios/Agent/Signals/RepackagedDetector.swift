import Foundation
import Security

/// What tells whose signature an app runs under.
struct SigningTraces {
  /// The bundle's identifier, as its Info.plist has it now.
  let bundleIdentifier: String?
  /// The keychain's default access group, which the system takes from the entitlements that it enforces: `TEAMID1234.…`.
  let accessGroup: String?
  /// Teams of the embedded profile; nil where there is none.
  let profileTeams: [String]?
}

/// What differs from `appId` (`TEAMID1234.com.example.app`, as App Attest knows the app); nil where nothing does. Also nil for a text that is no such identifier.
func repackagedIn(_ traces: SigningTraces, appId: String) -> String? {
  guard let dot = appId.firstIndex(of: ".") else { return nil }
  let team = String(appId[..<dot])
  if let group = traces.accessGroup, !group.hasPrefix(team + ".") { return "team" }
  if let teams = traces.profileTeams, !teams.contains(team) { return "profile" }
  return traces.bundleIdentifier == String(appId[appId.index(after: dot)...]) ? nil : "bundle"
}

/// An app that was signed anew: its team or its bundle identifier are not those that the build wrote into Info.plist as `CountersignAppId`.
///
/// Limit: sideloading tools sign under another team and leave that entry as it was. Whoever edits Info.plist, or takes the check out, is not seen here; App Attest
/// names team and bundle to the service, where neither helps. Without `CountersignAppId`, and in the simulator, it does not run. Leave
/// it out for an old App ID whose prefix is not the team.
public struct RepackagedDetector: Detector {
  public let name = "repackaged"
  public let revision = 1

  private let appId: String?

  public init(appId: String?) {
    self.appId = appId
  }

  public func look() throws -> Sighting? {
    #if targetEnvironment(simulator)
      throw NotSeen()
    #else
      guard let appId = appId, appId.contains(".") else { throw NotSeen() }
      let traces = SigningTraces(
        bundleIdentifier: Bundle.main.bundleIdentifier, accessGroup: try accessGroup(), profileTeams: try ProvisioningProfile.ofApp()?.teams
      )
      return repackagedIn(traces, appId: appId).map { Sighting($0) }
    #endif
  }
}

/// An entry of its own in the keychain, with nothing in it, tells the group; it stays there, so that a later look only reads.
private func accessGroup() throws -> String {
  let entry: [CFString: Any] = [
    kSecClass: kSecClassGenericPassword,
    kSecAttrService: "dev.countersign.signer",
    kSecAttrAccount: "signer",
    kSecAttrAccessible: kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly,
    kSecReturnAttributes: true,
  ]
  var found: CFTypeRef?
  var status = SecItemCopyMatching(entry as CFDictionary, &found)
  if status == errSecItemNotFound { status = SecItemAdd(entry as CFDictionary, &found) }
  guard status == errSecSuccess, let members = found as? [String: Any], let group = members[kSecAttrAccessGroup as String] as? String else { throw NotSeen() }
  return group
}
