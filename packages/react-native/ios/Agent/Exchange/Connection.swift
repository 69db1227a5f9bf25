import Foundation

/// An open stream whose peer has proved itself, with what came over it and nobody has read yet.
final class Connection {
  let stream: ByteStream
  let reader: StreamReader
  let openedAtMs: Double

  init(_ stream: ByteStream, openedAtMs: Double) {
    self.stream = stream
    reader = StreamReader(stream)
    self.openedAtMs = openedAtMs
  }
}

/// What exchanges are made of: new streams, connections that were kept, and a clock.
final class Connections {
  let open: OpenStream
  let nowMs: () -> Double
  let kept: KeptConnections

  init(nowMs: @escaping () -> Double = continuousMs, _ open: @escaping OpenStream) {
    self.open = open
    self.nowMs = nowMs
    kept = KeptConnections(nowMs: nowMs)
  }
}
