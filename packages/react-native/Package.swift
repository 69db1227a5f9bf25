// swift-tools-version:5.9
import Foundation
import PackageDescription

// For native iOS apps: the agent, its bridge, pinned URLSessions and the core, which is JavaScript of 2022: iOS 15.4. The core's script is built when the package is packed;
// a checkout has none, and the app brings it among its own resources.
let script = "core/countersign-core.js"
let isPacked = FileManager.default.fileExists(atPath: "\(Context.packageDirectory)/\(script)")

let package = Package(
  name: "Countersign",
  platforms: [.iOS("15.4")],
  products: [.library(name: "Countersign", targets: ["Countersign"])],
  targets: [
    .target(
      name: "Countersign",
      path: ".",
      sources: ["ios/Agent", "ios/Bridge", "ios/URLSession", "ios/Core"],
      resources: [.copy("ios/PrivacyInfo.xcprivacy")] + (isPacked ? [.copy(script)] : [])
    )
  ]
)
