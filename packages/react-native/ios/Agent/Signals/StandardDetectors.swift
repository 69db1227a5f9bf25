import Foundation

/// The detectors whose signals count in every policy. What `repackaged` compares with is `CountersignAppId` of the app's Info.plist (`TEAMID1234.com.example.app`);
/// without it that one does not run.
public func standardDetectors() -> [Detector] {
  let appId = Bundle.main.object(forInfoDictionaryKey: "CountersignAppId") as? String
  return [DebuggerDetector(), EmulatorDetector(), HookDetector(), RepackagedDetector(appId: appId), RootDetector()]
}

/// Detectors of circumstances that are rarely an attack: findings that change no verdict by default. A service older than their signals restricts the instance by
/// `signal_unknown`. There is none for `accessibility`, which on iOS tells of a person's needs and of no other app, and none for `user_ca`, for iOS lists no added authorities.
public func furtherDetectors() -> [Detector] {
  return [AutomationDetector(), ClonerDetector(), DeveloperModeDetector(), ProxyDetector(), ScreenCaptureDetector()]
}

/// The standard detectors, and those of the further ones that the app's Info.plist names in `CountersignDetectors`, separated by commas. Without it none of these runs: what they
/// see is of people as often as of attacks, so that the app's makers decide. A name that is none of theirs runs nothing.
func chosenDetectors(_ listed: String?) -> [Detector] {
  let names = Set((listed ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) })
  return standardDetectors() + furtherDetectors().filter { names.contains($0.name) }
}
