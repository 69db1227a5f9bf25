/// Does something later, unless it is cancelled before.
func after(_ seconds: Double, _ act: @escaping @Sendable () -> Void) -> Task<Void, Never> {
  return Task {
    guard (try? await Task.sleep(nanoseconds: UInt64(seconds * 1_000_000_000))) != nil else { return }
    act()
  }
}
