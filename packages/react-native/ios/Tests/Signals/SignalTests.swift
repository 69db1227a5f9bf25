import Foundation

private struct Planted: Detector {
  let name: String
  let revision: Int
  let sights: () throws -> Sighting?

  func look() throws -> Sighting? {
    return try sights()
  }
}

func signalTests(_ checks: Checks) async {
  await checks.check("remembers what was seen for as long as the process lives") {
    var now = 5000.0
    var isThere = true
    let watch = SignalWatch([Planted(name: "hook", revision: 3) { isThere ? Sighting("frida") : nil }], nowMs: { now })
    try assertEqual("hook 1 0 frida", seenBy(watch))
    isThere = false
    now += 12999
    try assertEqual("hook 1 12 frida", seenBy(watch))
    isThere = true
    try assertEqual("hook 2 0 frida", seenBy(watch))
    try assertEqual(["hook": 3], watch.observe().detectors)
  }

  await checks.check("does not name a detector that fails") {
    let watch = SignalWatch([Planted(name: "root", revision: 1) { throw NotSeen() }, Planted(name: "emulator", revision: 2) { nil }], nowMs: { 0 })
    try assertEqual(["emulator": 2], watch.observe().detectors)
  }

  await checks.check("tells of a severe signal once and at once") {
    var told = 0
    let watch = SignalWatch([Planted(name: "hook", revision: 1) { Sighting() }, Planted(name: "root", revision: 1) { Sighting() }], nowMs: { 0 })
    watch.onSevere { told += 1 }
    _ = watch.observe()
    _ = watch.observe()
    try assertEqual(1, told)
    watch.note("repackaged", "team")
    try assertEqual(2, told)
  }

  await checks.check("tells of a severe signal who asks to hear of it too late, and of others nobody") {
    var told = 0
    let watch = SignalWatch([], nowMs: { 0 })
    watch.note("root", nil)
    watch.onSevere { told += 1 }
    try assertEqual(0, told)
    watch.note("hook", nil)
    watch.onSevere { told += 10 }
    try assertEqual(11, told)
  }

  await checks.check("knows instrumentation by the images that it loads, and no library of the app's") {
    try assertEqual("frida", hookInImages(["/usr/lib/libobjc.A.dylib", "/usr/lib/frida/FridaGadget.dylib"]))
    try assertEqual("ellekit", hookInImages(["/var/jb/usr/lib/libellekit.dylib"]))
    try assertEqual(nil, hookInImages(["/usr/lib/libSystem.B.dylib", "/private/var/containers/Bundle/Application/frida/Gallery.app/Gallery"]))
  }

  await checks.check("tells an app under another team or another identifier from the one that was built") {
    let own = SigningTraces(bundleIdentifier: "com.example.app", accessGroup: "TEAMID1234.com.example.app", profileTeams: nil)
    let appId = "TEAMID1234.com.example.app"
    try assertEqual(nil, repackagedIn(own, appId: appId))
    try assertEqual(nil, repackagedIn(SigningTraces(bundleIdentifier: "com.example.app", accessGroup: "TEAMID1234.shared", profileTeams: ["TEAMID1234"]), appId: appId))
    try assertEqual("team", repackagedIn(SigningTraces(bundleIdentifier: "com.example.app", accessGroup: "TEAMID12345.com.example.app", profileTeams: nil), appId: appId))
    try assertEqual("profile", repackagedIn(SigningTraces(bundleIdentifier: "com.example.app", accessGroup: nil, profileTeams: ["OTHERTEAM1"]), appId: appId))
    try assertEqual("bundle", repackagedIn(SigningTraces(bundleIdentifier: "com.example.app.copy", accessGroup: "TEAMID1234.a", profileTeams: nil), appId: appId))
    try assertEqual("bundle", repackagedIn(SigningTraces(bundleIdentifier: nil, accessGroup: nil, profileTeams: nil), appId: appId))
  }

  await checks.check("reads the property list within a profile, and nothing else") {
    let list = "<?xml version=\"1.0\"?><plist version=\"1.0\"><dict><key>TeamIdentifier</key><array><string>TEAMID1234</string></array>"
      + "<key>Entitlements</key><dict><key>get-task-allow</key><true/></dict></dict></plist>"
    let profile = ProvisioningProfile(Data([0x30, 0x82, 0xFF]) + Data(list.utf8) + Data([0, 0xA0]))
    try assertEqual(ProvisioningProfile(teams: ["TEAMID1234"], isForDevelopment: true), some(profile))
    try assertEqual(false, some(ProvisioningProfile(Data(list.replacingOccurrences(of: "<true/>", with: "<false/>").utf8))).isForDevelopment)
    for other in ["", "<?xml", "</plist><?xml", list.replacingOccurrences(of: "TeamIdentifier", with: "Team"), "<?xml version=\"1.0\"?><plist><array/></plist>"] {
      try assertTrue(ProvisioningProfile(Data(other.utf8)) == nil, "took \(other)")
    }
  }

  await checks.check("tells an app's own home from one within another app's") {
    let id = "0A1B2C3D-0000-4000-8000-00000000000F"
    for home in ["/var/mobile/Containers/Data/Application/\(id)", "/private/var/mobile/Containers/Data/Application/\(id)", "/var/mobile/Containers/Data/PluginKitPlugin/\(id)"] {
      try assertTrue(!isForeignHome(home), "\(home) is its own")
    }
    for home in ["/var/mobile/Containers/Data/Application/\(id)/Documents/Data/Application/\(id)", "/var/mobile/Containers/Data/Application/x", "/var/mobile", ""] {
      try assertTrue(isForeignHome(home), "\(home) is foreign")
    }
  }

  await checks.check("knows a harness of tests, and no app by its name") {
    try assertEqual("webdriveragent", automationIn(images: ["/a/WebDriverAgentLib.framework/WebDriverAgentLib"], environment: []))
    try assertEqual("xctest", automationIn(images: ["/Developer/usr/lib/libXCTTargetBootstrapInject.dylib"], environment: []))
    try assertEqual("detox", automationIn(images: ["/a/Detox.framework/Detox"], environment: []))
    try assertEqual("xctest", automationIn(images: [], environment: ["HOME", "XCTestConfigurationFilePath"]))
    try assertEqual(nil, automationIn(images: ["/a/Detoxing.app/Detoxing", "/usr/lib/libSystem.B.dylib"], environment: ["HOME", "PATH", "MY_XCTest"]))
  }

  await checks.check("remembers a capture of the screen that began and ended between two looks, and tells it once") {
    var memory = CaptureMemory()
    try assertEqual(nil, memory.look(), "before anything was told")
    for (told, expected) in [([false], false), ([true, false], true), ([], false), ([true], true), ([], true), ([false], true), ([], false)] {
      for each in told { memory.tell(each) }
      try assertEqual(expected, memory.look(), "\(told)")
    }
  }

  await checks.check("runs further detectors only where the app's makers name them") {
    let standard = ["debugger", "emulator", "hook", "repackaged", "root"]
    try assertEqual(standard, chosenDetectors(nil).map { $0.name })
    try assertEqual(standard + ["cloner", "proxy"], chosenDetectors(" proxy,cloner, unheard").map { $0.name })
    try assertEqual(["automation", "cloner", "developer_mode", "proxy", "screen_capture"], furtherDetectors().map { $0.name })
  }

  await checks.check("notes freeRASP's words as signals, keeps out what is none, and says what it does not know") {
    let watch = SignalWatch([], nowMs: { 0 })
    for threat in ["jailbreak", "signature", "passcode", "deviceID", "systemVPN", "quantumLeap"] { watch.noteFreeRasp(threat) }
    try assertEqual("root 1 0 privilegedAccess, repackaged 1 0 appIntegrity, proxy 1 0 systemVPN, freerasp 1 0 quantumLeap", seenBy(watch))
  }
}

private func seenBy(_ watch: SignalWatch) -> String {
  return watch.observe().seen.map { "\($0.name) \($0.count) \($0.ageSeconds) \($0.detail ?? "-")" }.joined(separator: ", ")
}
