import Foundation
import MachO

/// File names of images by which a test harness gives itself away, in lower case: whole ones, and parts that no app's own name has.
private let files = ["xctest": "xctest", "detox": "detox", "earlgrey": "earlgrey"]
private let parts = [
  ("webdriveragent", "webdriveragent"), ("xctautomationsupport", "xctest"), ("xcuiautomation", "xctest"), ("xcttargetbootstrap", "xctest"),
  ("xctestbundleinject", "xctest"),
]

/// What the paths of loaded images and the names of the environment's variables show; nil where nothing.
func automationIn(images: [String], environment: Set<String>) -> String? {
  for path in images {
    let file = path.split(separator: "/").last.map { $0.lowercased() } ?? ""
    if let found = files[file] ?? parts.first(where: { file.contains($0.0) })?.1 { return found }
  }
  return environment.contains { $0.hasPrefix("XCTest") || $0.hasPrefix("XCInject") } ? "xctest" : nil
}

/// A harness of tests that drives the app: XCTest, WebDriverAgent (Appium), Detox, EarlGrey, by what they load into the process or set in its environment.
///
/// Limit: a harness that presses from its own process through the system's test manager or the accessibility interface, and a farm with fingers of steel, loads nothing here.
public struct AutomationDetector: Detector {
  public let name = "automation"
  public let revision = 1

  public init() {}

  public func look() throws -> Sighting? {
    let images = loadedImages()
    guard !images.isEmpty else { throw NotSeen() }
    return automationIn(images: images, environment: Set(ProcessInfo.processInfo.environment.keys)).map { Sighting($0) }
  }
}

/// Paths of what dyld loaded into this process.
func loadedImages() -> [String] {
  return (0..<_dyld_image_count()).compactMap { _dyld_get_image_name($0).map { String(cString: $0) } }
}
