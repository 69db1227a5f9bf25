import Foundation

/// freeRASP's callbacks, by their names in its packages for React Native and Capacitor, with the signal that each is; nil for what is no word about the phone's or the
/// app's state that the agent does not know better.
private let signals: [String: String?] = [
  "privilegedAccess": "root",
  "debug": "debugger",
  "simulator": "emulator",
  "appIntegrity": "repackaged",
  "unofficialStore": "repackaged",
  "hooks": "hook",
  "deviceBinding": "cloner",
  "multiInstance": "cloner",
  "automation": "automation",
  "devMode": "developer_mode",
  "adbEnabled": "developer_mode",
  "systemVPN": "proxy",
  "screenshot": "screen_capture",
  "screenRecording": "screen_capture",
  "deviceID": nil,
  "passcode": nil,
  "secureHardwareNotAvailable": nil,
  "obfuscationIssues": nil,
  "malware": nil,
  "timeSpoofing": nil,
  "locationSpoofing": nil,
  "unsecureWifi": nil,
  "bootloader": nil,
]

/// What `SecurityThreat` of TalsecRuntime for iOS calls otherwise.
private func callbackOf(_ threat: String) -> String {
  switch threat {
  case "signature": return "appIntegrity"
  case "jailbreak": return "privilegedAccess"
  case "debugger": return "debug"
  case "runtimeManipulation": return "hooks"
  case "passcodeChange": return "passcode"
  case "missingSecureEnclave": return "secureHardwareNotAvailable"
  case "deviceChange": return "deviceBinding"
  default: return threat
  }
}

extension SignalWatch {
  /// Notes what freeRASP for iOS saw; from its handler: `ProcessWatch.shared.noteFreeRasp(threat.rawValue)`. What is not known is noted as `freerasp`, upon which the
  /// service restricts by `signal_unknown`: a newer freeRASP says nothing in vain.
  public func noteFreeRasp(_ threat: String) {
    let callback = callbackOf(threat)
    guard let known = signals[callback] else { return note("freerasp", callback) }
    if let signal = known { note(signal, callback) }
  }
}
