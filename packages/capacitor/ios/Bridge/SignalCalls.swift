/// What `observe` answers.
func observed(_ observation: Observation) -> Any {
  let seen = observation.seen.map { signal -> [String: Any] in
    var members: [String: Any] = ["name": signal.name, "count": signal.count, "ageSeconds": signal.ageSeconds]
    if let detail = signal.detail { members["detail"] = detail }
    return members
  }
  return ["detectors": observation.detectors, "seen": seen] as [String: Any]
}
