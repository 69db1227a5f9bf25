import Foundation

// A line in is a number, a call's name and its JSON text, a line out the number and the answer's text, with tabs between. Arguments: where the book of channels is kept, the
// folder of the other files, and the configuration string.
setenv("XDG_DATA_HOME", CommandLine.arguments[2], 1)
let kept = URL(fileURLWithPath: CommandLine.arguments[1])
let book = ChannelBook(
  load: { FileManager.default.fileExists(atPath: kept.path) ? String(decoding: try Data(contentsOf: kept), as: UTF8.self) : nil },
  keep: { try Data($0.utf8).write(to: kept) }
)
struct DebuggerSeenNowhere: Detector {
  let name = "debugger"
  let revision = 1

  func look() throws -> Sighting? {
    return nil
  }
}

var clockMs = 0.0
let watch = SignalWatch([DebuggerSeenNowhere()])
let bridge = Bridge(
  watch: watch, book: book, exchanges: Exchanges(Connections(nowMs: { clockMs }) { PeerConnection($0) }),
  sockets: Sockets(limits: Socket.Limits(openSeconds: 1, closeSeconds: 0.2, waitingBytes: 1 << 20)) { PeerConnection($0) },
  configuration: { try takenConfiguration(CommandLine.arguments[3], isDebug: true) }
)
let lock = NSLock()

func say(_ id: String, _ text: String) {
  lock.lock()
  defer { lock.unlock() }
  FileHandle.standardOutput.write(Data("\(id)\t\(text)\n".utf8))
}

while let line = readLine() {
  let parts = line.split(separator: "\t", maxSplits: 2).map { String($0) }
  // Three calls of the native side alone: the clock goes on by so many milliseconds; a signal is seen; what the book says of a host and port.
  if parts[1] == "clock" {
    clockMs += Double(parts[2]) ?? 0
    say(parts[0], "")
  } else if parts[1] == "see" {
    watch.note(parts[2], nil)
    say(parts[0], "")
  } else if parts[1] == "policy" {
    let asked = parts[2].split(separator: " ")
    let policy = book.policy(host: String(asked[0]), port: Int(asked[1]) ?? 0)
    say(parts[0], policy.map { "\($0.channel) \($0.pins.count) \($0.roots.count) \(book.version)" } ?? "none")
  } else {
    bridge.callText(parts[1], parts[2]) { say(parts[0], $0) }
  }
}
