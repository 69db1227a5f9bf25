import Foundation

/// The detectors whose signals every policy knows.
public func standardDetectors() -> [Detector] {
  return [DebuggerDetector(), EmulatorDetector(), HookDetector(), RootDetector()]
}

/// Detectors of circumstances that are rarely an attack. A policy that does not name their signals restricts the instance by `signal_unknown`: take them in once it
/// does.
public func furtherDetectors() -> [Detector] {
  return [ProxyDetector(), ScreenCaptureDetector()]
}
