import Foundation

// Says to each line of a file what the plugin would: testing/native/page-cases.ts.
func said(_ asked: [String]) -> String {
  let of = Array(asked.dropFirst())
  switch asked[0] {
  case "own":
    guard let local = URL(string: of[0]), let server = URL(string: of[1]) else { return "no URL" }
    return ownOrigin(local: local, server: server, isDebug: of[2] == "true").map { "\($0.scheme) \($0.host) \($0.port)" } ?? "nil"
  case "page":
    let source = Origin(scheme: of[0], host: of[1], port: Int(of[2]) ?? -1)
    return String(isOwnPage(source, isMainFrame: of[3] == "true", own: Origin(scheme: of[4], host: of[5], port: Int(of[6]) ?? -1)))
  default:
    return PageCall(of[0]).map { "\($0.name)|\($0.of)" } ?? "nil"
  }
}

for line in try String(contentsOfFile: CommandLine.arguments[1], encoding: .utf8).components(separatedBy: "\n") {
  print(said(line.components(separatedBy: "\t")))
}
