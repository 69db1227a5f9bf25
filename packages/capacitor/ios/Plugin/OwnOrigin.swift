import Foundation

/// An origin as WebKit tells it of a frame: the port is 0 where it is the scheme's own. A sandboxed frame has neither scheme nor host.
struct Origin: Equatable {
  let scheme: String
  let host: String
  let port: Int
}

private func origin(of url: URL) -> Origin? {
  guard let scheme = url.scheme?.lowercased(), let host = url.host?.lowercased(), !host.isEmpty else { return nil }
  let usual = ["http": 80, "https": 443][scheme]
  let port = url.port ?? 0
  return Origin(scheme: scheme, host: host, port: port == usual ? 0 : port)
}

/// The one origin whose pages are the app's own: the one its bundle is served at. `server.url` stands in its place only in a debug build, as live reload needs
/// it; a release that has one has no page of its own. Nil: no page may reach the agent.
func ownOrigin(local: URL, server: URL, isDebug: Bool) -> Origin? {
  guard let bundled = origin(of: local), let served = origin(of: server) else { return nil }
  if served != bundled { return isDebug ? served : nil }
  // The bundle is served by a scheme of the app's own; what WebKit loads itself comes over the network.
  return ["http", "https", "file"].contains(bundled.scheme) ? nil : bundled
}

/// Whether the frame that sent a message may.
func isOwnPage(_ source: Origin, isMainFrame: Bool, own: Origin) -> Bool {
  return isMainFrame && source == own
}
