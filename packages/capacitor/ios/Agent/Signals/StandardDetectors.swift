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
