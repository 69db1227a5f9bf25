import Foundation

private let production = "cs1~service.example~\(String(repeating: "A", count: 22))~\(String(repeating: "A", count: 43))~\(String(repeating: "B", count: 42))A"
private let development = production.replacingOccurrences(of: "cs1~", with: "csd1~")

func configurationTests(_ checks: Checks) async {
  await checks.check("takes a production project's configuration string in every build") {
    for isDebug in [true, false] { try assertEqual("service.example", try takenConfiguration(production, isDebug: isDebug).host) }
  }

  await checks.check("takes a development project's configuration string in a build for debugging alone") {
    try assertTrue(try takenConfiguration(development, isDebug: true).isDevelopment)
    try assertEqual("unsupported", try await faultOf { try takenConfiguration(development, isDebug: false) }.code)
  }

  await checks.check("takes no app without a configuration string, or with another text") {
    for text in [nil, "", "cs1~", "cs2~\(production.dropFirst(4))"] {
      try assertEqual("unsupported", try await faultOf { try takenConfiguration(text, isDebug: true) }.code)
    }
  }
}
