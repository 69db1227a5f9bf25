// swift-tools-version: 5.9
import PackageDescription

// The published package holds the agent's sources beside the plugin's. In the repository they are @countersign/react-native's, and a Swift package takes none
// from outside its folder: `npm run native:add` puts them here first.
let package = Package(
  name: "CountersignCapacitor",
  platforms: [.iOS(.v15)],
  products: [
    .library(name: "CountersignCapacitor", targets: ["CountersignCapacitor"])
  ],
  dependencies: [
    .package(url: "https://github.com/ionic-team/capacitor-swift-pm.git", from: "8.0.0")
  ],
  targets: [
    .target(
      name: "CountersignCapacitor",
      dependencies: [
        .product(name: "Capacitor", package: "capacitor-swift-pm"),
        .product(name: "Cordova", package: "capacitor-swift-pm"),
      ],
      path: "ios",
      sources: ["Plugin", "Agent", "Bridge"],
      resources: [.copy("PrivacyInfo.xcprivacy")]
    )
  ]
)
