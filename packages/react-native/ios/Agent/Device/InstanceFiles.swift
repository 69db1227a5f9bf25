import Foundation

/// Small texts that belong to this installation on this device: the credential, the key list, the manifest. No secret is among them. The folder is left out of
/// backups, and what is in it, but the book of channels, can be read after the first unlock.
public final class InstanceFiles {
  private let folder: URL
  private let lock = NSLock()

  public init() throws {
    let support = try FileManager.default.url(for: .applicationSupportDirectory, in: .userDomainMask, appropriateFor: nil, create: true)
    var folder = support.appendingPathComponent("countersign", isDirectory: true)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var values = URLResourceValues()
    values.isExcludedFromBackup = true
    try folder.setResourceValues(values)
    self.folder = folder
  }

  /// Nil where nothing of that name is kept.
  public func read(_ name: String) throws -> String? {
    lock.lock()
    defer { lock.unlock() }
    let file = self.file(name)
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    return String(decoding: try Data(contentsOf: file), as: UTF8.self)
  }

  public func write(_ name: String, _ value: String) throws {
    try write(name, value, [.atomic, .completeFileProtectionUntilFirstUserAuthentication])
  }

  /// For what everybody may know and connections need whenever they are made: it can be read before the first unlock too.
  func writeReadable(_ name: String, _ value: String) throws {
    try write(name, value, [.atomic, .noFileProtection])
  }

  public func remove(_ name: String) throws {
    lock.lock()
    defer { lock.unlock() }
    let file = self.file(name)
    if FileManager.default.fileExists(atPath: file.path) { try FileManager.default.removeItem(at: file) }
  }

  private func write(_ name: String, _ value: String, _ options: Data.WritingOptions) throws {
    lock.lock()
    defer { lock.unlock() }
    try Data(value.utf8).write(to: file(name), options: options)
  }

  /// Any text is a name: the file's is its hash.
  private func file(_ name: String) -> URL {
    return folder.appendingPathComponent(encodeBase64Url(sha256(Data(name.utf8))))
  }
}
