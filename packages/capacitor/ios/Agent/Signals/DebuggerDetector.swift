import Darwin
import Foundation

/// A process that traces this one.
///
/// Limit: a debugger that attaches and detaches between two looks is not seen, nor one that hooks `sysctl`.
public struct DebuggerDetector: Detector {
  public let name = "debugger"
  public let revision = 1

  public init() {}

  public func look() throws -> Sighting? {
    var info = kinfo_proc()
    var size = MemoryLayout<kinfo_proc>.stride
    var path: [Int32] = [CTL_KERN, KERN_PROC, KERN_PROC_PID, getpid()]
    guard sysctl(&path, UInt32(path.count), &info, &size, nil, 0) == 0 else { throw NotSeen() }
    return info.kp_proc.p_flag & P_TRACED != 0 ? Sighting("ptrace") : nil
  }
}

/// The system did not let a detector look.
struct NotSeen: Error {}
